import { performance } from 'node:perf_hooks';
import type { ClusterClient } from '../support/cluster-client.js';
import type { HttpClient } from '../support/http-client.js';
import { runKubectl } from '../support/kubectl.js';
import { eachPage } from './each-page.js';
import type { PlanStage } from './plan-stage.js';

export interface PlanTimes {
  readonly what: string;
  /** How many of the pods of all plans fit somewhere, and how many stay pending. */
  readonly fits: number;
  readonly pending: number;
  readonly ours: number[];
}

const OPTIONS = { ignoreDaemonSets: true, deleteEmptyDirData: true, force: true };

/** Plans of the drain of one node each, every time another one; each says of every pod where its replacement fits. */
export async function measurePlans(
  api: HttpClient,
  { what, nodes }: PlanStage['subjects'][number],
): Promise<PlanTimes> {
  const times: PlanTimes & { fits: number; pending: number } = { what, fits: 0, pending: 0, ours: [] };
  // The first five are not counted.
  for (const [index, node] of [...nodes.slice(0, 5), ...nodes].entries()) {
    const path = `/api/v1/clusters/demo/nodes/${node}/drain-plan`;
    const start = performance.now();
    const { status, body } = await api.rest('POST', path, { body: { options: OPTIONS } });
    const took = performance.now() - start;
    if (status !== 200) throw new Error(`${path}: ${status} ${JSON.stringify(body)}`);
    const states = body.nodes[0].pods.map((pod: { replacement: { state: string } }) => pod.replacement.state);
    if (states.includes('UNKNOWN')) throw new Error(`the plan of ${node} does not say whether its pods fit`);
    if (index < 5) continue;
    times.ours.push(took);
    times.fits += states.filter((state: string) => state === 'FITS').length;
    times.pending += states.filter((state: string) => state === 'PENDING').length;
  }
  return times;
}

/** What kubectl says beforehand: which pods it would evict, nothing of budgets and room elsewhere. */
export async function measureKubectl(kubeconfig: string, nodes: readonly string[]): Promise<number[]> {
  const times: number[] = [];
  for (const node of nodes) {
    const flags = ['--ignore-daemonsets', '--delete-emptydir-data', '--force', '--dry-run=server'];
    const start = performance.now();
    const { code, stderr } = await runKubectl(kubeconfig, ['drain', node, ...flags]);
    if (code !== 0) throw new Error(`kubectl drain ${node}: ${stderr}`);
    times.push(performance.now() - start);
  }
  return times.slice(1);
}

/** What a client has to read that wants to know the same: all nodes and all pods, in pages of 500. */
export async function measureListing(cluster: ClusterClient, repetitions: number): Promise<number[]> {
  const times: number[] = [];
  for (let repetition = 0; repetition < repetitions; repetition++) {
    const start = performance.now();
    for (const path of ['/api/v1/nodes', '/api/v1/pods']) await eachPage(cluster, path, () => undefined);
    times.push(performance.now() - start);
  }
  return times;
}
