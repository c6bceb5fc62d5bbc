import { type SimulatedClusterOptions, startSimulatedCluster } from './start-simulated-cluster.js';
import { reportMistake } from './store/report-mistake.js';

/**
 * The simulated cluster as a process of its own. Options are one JSON object, in the first argument or in
 * SIMULATED_CLUSTER. Says on stdout, in one line of JSON, where it listens; ends on SIGTERM, on SIGINT and when stdin
 * closes, so that it never outlives its parent.
 */
async function main(): Promise<void> {
  // The state is in this process: a mistake costs one request or one look of a controller, not the cluster.
  process.on('uncaughtException', (error) => reportMistake('uncaught', error));
  process.on('unhandledRejection', (error) => reportMistake('unhandled', error));
  const options = readOptions();
  const cluster = await startSimulatedCluster(options);
  let closing = false;
  const stop = (): void => {
    if (closing) return;
    closing = true;
    void cluster.close().finally(() => process.exit(0));
  };
  process.on('SIGTERM', stop);
  process.on('SIGINT', stop);
  process.stdin.on('end', stop).on('close', stop).on('error', stop).resume();
  const ready = { ready: true, url: cluster.url, kubeconfig: cluster.kubeconfigPath, name: cluster.name };
  process.stdout.write(`${JSON.stringify(ready)}\n`);
}

function readOptions(): SimulatedClusterOptions {
  const text = process.argv[2] ?? process.env.SIMULATED_CLUSTER;
  const options = text ? JSON.parse(text) : {};
  if (typeof options.dataDir !== 'string') throw new Error('The simulated cluster needs options with a dataDir');
  return options;
}

main().catch((error: unknown) => {
  process.stderr.write(`The simulated cluster did not start: ${error instanceof Error ? error.message : error}\n`);
  process.exit(1);
});
