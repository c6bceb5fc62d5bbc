import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  type SimulatedCluster,
  startSimulatedCluster,
} from '../../packages/simulated-cluster/src/start-simulated-cluster.js';
import { NodeChild } from '../../src/embedded/node-child.js';
import { projectRoot } from './project-root.js';

type ClusterOptions = Omit<Parameters<typeof startSimulatedCluster>[0], 'dataDir'>;

/** A simulated cluster in this process, whose store and faults a test can reach; its folder goes with it. */
export async function startTestCluster(options: ClusterOptions = {}): Promise<SimulatedCluster> {
  const dataDir = mkdtempSync(join(tmpdir(), 'steward-cluster-'));
  const cluster = await startSimulatedCluster({ ...options, dataDir });
  const close = cluster.close.bind(cluster);
  cluster.close = async () => {
    await close();
    rmSync(dataDir, { recursive: true, force: true });
  };
  return cluster;
}

export interface ClusterProcess {
  url: string;
  kubeconfigPath: string;
  pid: number;
  close(): Promise<void>;
}

/** The same from the built dist in a process of its own, so that a heavy test does not slow down the cluster's clocks. */
export async function startTestClusterProcess(options: ClusterOptions = {}): Promise<ClusterProcess> {
  const dataDir = mkdtempSync(join(tmpdir(), 'steward-cluster-'));
  const lines: string[] = [];
  const { child, ready } = await NodeChild.start({
    name: 'The simulated cluster',
    script: join(projectRoot, 'dist/packages/simulated-cluster/src/main.js'),
    args: [JSON.stringify({ ...options, dataDir })],
    log: (line) => lines.push(line),
    maxRestarts: 0,
  });
  return {
    url: ready.url,
    kubeconfigPath: ready.kubeconfig,
    pid: child.pid as number,
    async close() {
      await child.stop();
      rmSync(dataDir, { recursive: true, force: true });
    },
  };
}
