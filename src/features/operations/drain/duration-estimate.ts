import type { BudgetForecast } from './budget-arithmetic.js';
import type { DrainOptions } from './drain-options.js';
import type { OrderedPod } from './eviction-order.js';
import type { PodSnapshot } from './pod-snapshot.js';
import { graceSeconds, startupSeconds, terminationSeconds } from './pod-timing.js';

export interface DurationEstimate {
  /** Null when a pod can never go: then only the timeout or a change ends the drain. */
  readonly seconds: number | null;
  /** If each pod uses up its grace period. */
  readonly atMostSeconds: number | null;
  /** What the figures stand on, in words. */
  readonly basis: readonly string[];
}

/** Tiers follow each other; within a tier budgets open side by side, each in rounds of as many pods as it lets go. */
export function estimateDuration(
  ordered: readonly OrderedPod[],
  forecast: BudgetForecast,
  options: DrainOptions,
): DurationEstimate {
  const basis = new Set<string>();
  let likely = 0;
  let most = 0;
  let never = false;
  for (const number of new Set(ordered.map((each) => each.tier))) {
    const pods = ordered.filter((each) => each.tier === number).map((each) => each.pod);
    const tier = tierSeconds(pods, forecast, options, basis);
    likely += tier.likely;
    most += tier.most;
    never ||= tier.never;
  }
  if (never && options.escalateAfterSeconds === null) {
    basis.add('at least one pod can never go as things are');
    return { seconds: null, atMostSeconds: null, basis: [...basis] };
  }
  if (never) {
    likely += options.escalateAfterSeconds ?? 0;
    most += options.escalateAfterSeconds ?? 0;
    basis.add(`blocked pods are deleted after ${options.escalateAfterSeconds} s`);
  }
  return { seconds: Math.ceil(likely), atMostSeconds: Math.ceil(most), basis: [...basis] };
}

function tierSeconds(
  pods: readonly PodSnapshot[],
  forecast: BudgetForecast,
  options: DrainOptions,
  basis: Set<string>,
): { likely: number; most: number; never: boolean } {
  const rounds = new Map<string, PodSnapshot[]>();
  let likely = 0;
  let most = 0;
  let never = false;
  for (const pod of pods) {
    likely = Math.max(likely, terminationSeconds(pod, options));
    most = Math.max(most, graceSeconds(pod, options));
    const outlook = forecast.outlooks.get(pod.uid);
    if (outlook?.outlook === 'NEVER') never = true;
    const budget = outlook?.outlook === 'WAITS' ? outlook.budgets[0] : undefined;
    if (budget !== undefined) rounds.set(budget, [...(rounds.get(budget) ?? []), pod]);
  }
  if (pods.length > 0) basis.add('pods terminate in 5 s, or in their grace period if that is shorter');
  let slowest = 0;
  let slowestMost = 0;
  for (const [budget, waiting] of rounds) {
    const atATime = Math.max(1, forecast.budgets.find((use) => use.budget === budget)?.mostAtATime ?? 1);
    const count = Math.ceil(waiting.length / atATime);
    const [round, longest] = roundSeconds(waiting, options, basis);
    slowest = Math.max(slowest, count * round);
    slowestMost = Math.max(slowestMost, count * longest);
    basis.add(`PDB ${budget} lets ${waiting.length} pods go in ${count} rounds of about ${Math.ceil(round)} s`);
  }
  return { likely: likely + slowest, most: most + slowestMost, never };
}

/** A stateful set starts the replacement only when the old pod is gone; other controllers start it at once. */
function roundSeconds(waiting: readonly PodSnapshot[], options: DrainOptions, basis: Set<string>): [number, number] {
  let round = 0;
  let longest = 0;
  for (const pod of waiting) {
    const startup = startupSeconds(pod);
    const inSequence = pod.controller?.kind === 'StatefulSet';
    round = Math.max(round, startup.seconds + (inSequence ? terminationSeconds(pod, options) : 0));
    longest = Math.max(longest, startup.seconds + (inSequence ? graceSeconds(pod, options) : 0));
    if (startup.basis === 'ASSUMED') basis.add(`${startup.seconds} s assumed for pods whose start was not seen`);
    else basis.add('replacements become Ready as fast as the pods they replace did');
  }
  return [round, longest];
}
