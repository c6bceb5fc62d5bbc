import { setTimeout as sleep } from 'node:timers/promises';
import type { SimulatedCluster } from '../../../packages/simulated-cluster/src/start-simulated-cluster.js';
import { eventually } from '../../support/cluster-client.js';
import { Installation } from '../../support/installation.js';
import { startTestCluster } from '../../support/simulated-cluster.js';
import type { ChaosCase, ChaosOptions, ChaosReport } from '../chaos-case.js';
import { ChaosStage } from '../chaos-stage.js';
import { checkNodeOperation } from '../check-node-operation.js';
import { WatchedHosts } from '../watched-hosts.js';
import { WorkerPair } from '../worker-pair.js';

export const chaosCase: ChaosCase = {
  name: 'frozen-node-operations',
  summary: '10.1 the worker that restarts, sets levels and cordons stands still for 9 to 20 s and then goes on',
  rounds: { short: 1, long: 25 },
  run,
};

const SETTINGS = { KUBELET_RECOVERY_SECONDS: '60', KUBELET_STABLE_SECONDS: '1' };
const LEVEL = 7;
const CANCEL_WITHIN_MS = 12_000;
/** A request of a worker that was let go would be at the cluster by then. */
const QUIET_MS = 3_000;

interface Planned {
  readonly node: string;
  readonly action: string;
  readonly options?: object;
  readonly cancelled?: boolean;
}

const PLANNED: readonly Planned[] = [
  { node: 'worker-1', action: 'restart-kubelet' },
  { node: 'worker-2', action: 'restart-kubelet', cancelled: true },
  { node: 'worker-3', action: 'verbosity', options: { level: LEVEL, revertAfterSeconds: 4 } },
  { node: 'worker-4', action: 'verbosity', options: { level: LEVEL, revertAfterSeconds: 600 }, cancelled: true },
  { node: 'worker-5', action: 'cordon' },
  { node: 'worker-6', action: 'cordon', cancelled: true },
  { node: 'batch-1', action: 'uncordon' },
];

async function run({ rounds, log }: ChaosOptions): Promise<ChaosReport> {
  const { cluster, stage } = await start();
  const hosts = new WatchedHosts(
    cluster,
    PLANNED.map(({ node }) => node),
  );
  const findings: string[] = [];
  const figures = { operations: 0, acts: 0 };
  try {
    const pair = await WorkerPair.start(stage, SETTINGS);
    for (let round = 1; round <= rounds; round++) {
      const found = await oneRound(stage, pair, hosts);
      findings.push(...found);
      figures.operations += PLANNED.length;
      for (const { node } of PLANNED) figures.acts += hosts.of(node).length;
      log(`round ${round} of ${rounds}: ${found.length} findings`);
      for (const finding of found) log(`  ${finding}`);
    }
    return { rounds, findings, figures };
  } finally {
    await stage.stop();
  }
}

/** In this process, so that its hosts can be watched. */
async function start(): Promise<{ cluster: SimulatedCluster; stage: ChaosStage }> {
  let cluster: SimulatedCluster | undefined;
  const stage = await ChaosStage.start(() =>
    Installation.with(async () => {
      cluster = await startTestCluster();
      const { url, kubeconfigPath, close } = cluster;
      return { url, kubeconfigPath, pid: process.pid, close };
    }),
  );
  return { cluster: cluster as SimulatedCluster, stage };
}

async function oneRound(stage: ChaosStage, pair: WorkerPair, hosts: WatchedHosts): Promise<string[]> {
  const { cluster } = stage.installation;
  await cluster.call('DELETE', '/simulation/requests');
  hosts.forget();
  await cluster.call('PATCH', '/api/v1/nodes/batch-1', { spec: { unschedulable: true } });
  const ids = await Promise.all(PLANNED.map((planned) => begin(stage, planned)));
  await Promise.all([
    freeze(pair, ids),
    ...PLANNED.map(async ({ cancelled }, index) => {
      if (!cancelled) return;
      await sleep(Math.random() * CANCEL_WITHIN_MS);
      await stage.cancel(ids[index] as string);
    }),
  ]);
  await stage.untilEnded(ids);
  await untilReverted(stage, ids);
  await sleep(QUIET_MS);
  const found = await Promise.all(
    PLANNED.map(({ node }, index) =>
      checkNodeOperation(stage, ids[index] as string, hosts.of(node), hosts.levelOf(node)),
    ),
  );
  for (const { node } of PLANNED)
    await cluster.call('PATCH', `/api/v1/nodes/${node}`, { spec: { unschedulable: null } });
  return found.flat();
}

async function begin(stage: ChaosStage, { node, action, options }: Planned): Promise<string> {
  const path = `/api/v1/clusters/demo/nodes/${node}/${action}`;
  const answer = await stage.api.rest('POST', path, { body: { reason: 'chaos', ...(options ? { options } : {}) } });
  if (answer.status !== 202) throw new Error(`${action} of ${node}: ${answer.status} ${JSON.stringify(answer.body)}`);
  return answer.body.id;
}

async function freeze(pair: WorkerPair, ids: readonly string[]): Promise<void> {
  await sleep(Math.random() * 1_500);
  const { pid } = pair.worker(await pair.holder(ids));
  process.kill(pid, 'SIGSTOP');
  await sleep(9_000 + Math.random() * 11_000);
  process.kill(pid, 'SIGCONT');
}

async function untilReverted(stage: ChaosStage, ids: readonly string[]): Promise<void> {
  await eventually(async () => {
    const { rows } = await stage.database.query<{ pending: number }>(
      "SELECT count(*)::int AS pending FROM verbosity_reverts WHERE operation_id = ANY($1) AND state = 'PENDING'",
      [ids],
    );
    return rows[0]?.pending === 0;
  }, 'the reverts of the levels');
}
