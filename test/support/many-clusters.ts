import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parse, stringify } from 'yaml';
import type { SimulatedCluster } from '../../packages/simulated-cluster/src/start-simulated-cluster.js';
import { startTestCluster } from './simulated-cluster.js';

export interface ManyClusters {
  readonly clusters: readonly SimulatedCluster[];
  /** One file with a context for each. */
  readonly kubeconfigPath: string;
  close(): Promise<void>;
}

/** Empty clusters side by side, `cluster-1` onwards: each has its own faults and its own draws. */
export async function startManyClusters(count: number): Promise<ManyClusters> {
  const names = Array.from({ length: count }, (_, index) => `cluster-${index + 1}`);
  const clusters = await Promise.all(
    names.map((name) => startTestCluster({ name, profile: 'empty', kubelets: false })),
  );
  const files = clusters.map(({ kubeconfigPath }) => parse(readFileSync(kubeconfigPath, 'utf8')));
  const [first] = files;
  const all = (list: string) => files.flatMap((file) => file[list]);
  const folder = mkdtempSync(join(tmpdir(), 'steward-clusters-'));
  const kubeconfigPath = join(folder, 'kubeconfig');
  const merged = { ...first, clusters: all('clusters'), users: all('users'), contexts: all('contexts') };
  writeFileSync(kubeconfigPath, stringify(merged), { mode: 0o600 });
  return {
    clusters,
    kubeconfigPath,
    async close() {
      await Promise.all(clusters.map((cluster) => cluster.close()));
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
