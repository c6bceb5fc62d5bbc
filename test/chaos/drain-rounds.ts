import { setTimeout as sleep } from 'node:timers/promises';
import { eventually } from '../support/cluster-client.js';
import type { ChaosOptions, ChaosReport } from './chaos-case.js';
import { type ChaosStage, NODES } from './chaos-stage.js';
import { checkAgreement } from './check-agreement.js';

/** Slow enough that a fault strikes in the midst of the evictions. */
export const SLOW_EVICTIONS = { EVICTIONS_PER_SECOND: '1.5' };
const PODS = 10;
/** With all nodes drained at once, a pod of the cluster's own may find no other node: its budget then never opens. */
const TIMEOUT_SECONDS = 45;
const CANCEL_WITHIN_MS = 12_000;
/** A request of a worker that was let go would be at the cluster by then. */
const QUIET_MS = 3_000;

export interface Strike {
  readonly round: number;
  /** Drains under way, by node. */
  readonly drains: ReadonlyMap<string, string>;
}

export interface RoundsOptions extends ChaosOptions {
  readonly stage: ChaosStage;
  /** How many of the drains are cancelled, at a random moment. */
  readonly cancelled: number;
  /** Begins and ends the fault; drains and cancels go on meanwhile. */
  readonly strike: (strike: Strike) => Promise<void>;
}

/** Each round drains all nodes at once, strikes, and then compares each drain's audit with the cluster's record. */
export async function drainRounds(options: RoundsOptions): Promise<ChaosReport> {
  const findings: string[] = [];
  const figures = { drains: 0, evictions: 0, cancelled: 0 };
  for (let round = 1; round <= options.rounds; round++) {
    const before = findings.length;
    findings.push(...(await oneRound(options, round, figures)));
    options.log(`round ${round} of ${options.rounds}: ${findings.length - before} findings`);
    for (const finding of findings.slice(before)) options.log(`  ${finding}`);
  }
  return { rounds: options.rounds, findings, figures };
}

async function oneRound(
  { stage, cancelled, strike }: RoundsOptions,
  round: number,
  figures: { drains: number; evictions: number; cancelled: number },
): Promise<string[]> {
  await stage.installation.cluster.call('DELETE', '/simulation/requests');
  const name = (node: string) => `round-${round}-${node}`;
  await Promise.all(NODES.map((node) => stage.fill(node, name(node), PODS)));
  const started = await Promise.all(
    NODES.map(
      async (node) => [node, (await stage.drain(node, { timeoutSeconds: TIMEOUT_SECONDS })).id as string] as const,
    ),
  );
  const drains = new Map(started);
  await eventually(async () => (await stage.installation.cluster.evictions()).evictions.length > 0, 'an eviction');
  const victims = [...drains.values()].sort(() => Math.random() - 0.5).slice(0, cancelled);
  await Promise.all([strike({ round, drains }), ...victims.map((id) => cancelLater(stage, id))]);
  await stage.untilEnded([...drains.values()]);
  await sleep(QUIET_MS);
  const found = await Promise.all(started.map(([node, id]) => checkAgreement(stage, id, node)));
  figures.drains += drains.size;
  figures.evictions += (await stage.installation.cluster.evictions()).evictions.length;
  figures.cancelled += victims.length;
  await Promise.all(NODES.map((node) => stage.clear(node, name(node))));
  return found.flat();
}

async function cancelLater(stage: ChaosStage, id: string): Promise<void> {
  await sleep(Math.random() * CANCEL_WITHIN_MS);
  await stage.cancel(id);
}
