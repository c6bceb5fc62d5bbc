import { writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { Installation } from '../support/installation.js';
import { kubectlPath } from '../support/kubectl.js';
import { measureMemory, measureWarmUp } from './measure-memory.js';
import { measureKubectl, measureListing, measurePlans, type PlanTimes } from './measure-plan.js';
import { PlanStage } from './plan-stage.js';
import { median, percentile } from './statistics.js';
import { textTable } from './text-table.js';

const TARGET_P50_MS = 100;
const PEER_REPETITIONS = 5;
const ENVIRONMENT = { NODE_ENV: 'production', RATE_LIMIT_REQUESTS: '100000000', LOG_FORMAT: 'json' };

/** The plan of a drain with the fit of every pod, against what kubectl says beforehand and what a client would have to read. */
export async function runPlan(args: readonly string[]): Promise<void> {
  const text = (value: string) => ({ type: 'string', default: value }) as const;
  const { values } = parseArgs({
    args: [...args],
    options: { nodes: text('5000'), pods: text('150000'), repetitions: text('40'), json: { type: 'string' } },
  });
  const nodes = Number(values.nodes);
  const size = { nodes, podsPerNode: Math.max(1, Math.round(Number(values.pods) / nodes)) };
  const measured = await measureAll(size, Number(values.repetitions));
  print(measured, size);
  if (values.json) writeFileSync(values.json, `${JSON.stringify({ ...size, ...measured }, null, 2)}\n`);
}

type Measured = Awaited<ReturnType<typeof measureAll>>;

async function measureAll(scale: { nodes: number; podsPerNode: number }, repetitions: number) {
  await kubectlPath(); // a first use downloads it
  const installation = await Installation.start({ profile: 'scale', scale });
  try {
    const { cluster, kubeconfigPath } = installation;
    const stage = await PlanStage.build(cluster, scale.nodes, repetitions);
    const api = await installation.api(ENVIRONMENT);
    const pid = installation.processes[0]?.pid as number;
    const added = 2 * repetitions * 30;
    const warmUp = await measureWarmUp(api, { nodes: scale.nodes, pods: scale.nodes * scale.podsPerNode + added });
    const before = measureMemory(pid, 'before the plans');
    const plans: PlanTimes[] = [];
    for (const subject of stage.subjects) plans.push(await measurePlans(api, subject));
    const after = measureMemory(pid, 'after the plans');
    const some = stage.subjects[0]?.nodes.slice(0, PEER_REPETITIONS + 1) ?? [];
    const kubectl = await measureKubectl(kubeconfigPath, some);
    const listing = await measureListing(cluster, PEER_REPETITIONS);
    return { warmUp, before, after, plans, kubectl, listing };
  } finally {
    await installation.stop();
  }
}

function print(
  { before, after, plans, kubectl, listing }: Measured,
  size: { nodes: number; podsPerNode: number },
): void {
  const figure = (value: number) => (value >= 100 ? value.toFixed(0) : value.toFixed(1));
  const rows = plans.map(({ what, ours, fits, pending }) => [
    what,
    String(fits),
    String(pending),
    figure(median(ours)),
    figure(percentile(ours, 95)),
    figure(median(kubectl) / median(ours)),
    figure(median(listing) / median(ours)),
    median(ours) < TARGET_P50_MS ? 'met' : 'missed',
  ]);
  const header = ['', 'fit', 'pending', 'p50 ms', 'p95 ms', 'kubectl', 'listing', `p50 < ${TARGET_P50_MS} ms`];
  console.log(
    `\n${size.nodes} nodes, ${size.nodes * size.podsPerNode} pods, ${plans[0]?.ours.length} plans of each kind\n`,
  );
  console.log(textTable(header, rows));
  console.log(`
kubectl drain --dry-run=server, which says nothing of room elsewhere: ${figure(median(kubectl))} ms
all nodes and all pods read from the API server, without any answer yet: ${figure(median(listing))} ms
A ratio says how many times quicker the plan is. Resident memory of the API process: ${figure(before.ours)} MB before the
plans, ${figure(after.ours)} MB after them.\n`);
}
