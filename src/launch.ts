import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type AppConfig, loadConfig } from './config/app-config.js';
import { type EmbeddedFile, writeEmbeddedFile } from './embedded/embedded-file.js';
import { renderBanner } from './embedded/render-banner.js';
import { type EmbeddedEnvironment, startEmbedded } from './embedded/start-embedded.js';
import { findExampleNode } from './find-example-node.js';
import { ClusterConnections } from './platform/kubernetes/cluster-connections.js';
import { runMigrations } from './platform/postgres/run-migrations.js';
import { createLogger, type Logger } from './platform/telemetry/logger.js';
import { type RunningApi, startApi, startWorker } from './start-roles.js';

/** A node of the default simulated cluster that drains cleanly within seconds; the banner's example. */
const EXAMPLE_NODE = 'worker-1';
const STOP_LIMIT_MS = 25_000;

interface Stoppable {
  close(): Promise<void>;
}

/** Starts what the environment asks for and returns when it runs. */
export async function launch(): Promise<void> {
  const wanted = loadConfig(process.env, process.stdout.isTTY === true);
  const stoppables: Stoppable[] = [];
  const stop = stopOnSignals(stoppables);
  const environment = await startEmbeddedParts(wanted);
  if (environment) stoppables.unshift({ close: () => environment.stop() });
  try {
    const config = environment ? withEnvironment(wanted, environment) : wanted;
    const logger = createLogger(config);
    void environment?.lost.then((part) => {
      if (stop.asked) return;
      logger.error({ part }, `${part} has ended for good: stopping`);
      void stop.now(1);
    });
    const applied = await runMigrations(config.databaseUrl);
    if (applied.length > 0) logger.info({ applied }, 'migrations applied');
    if (config.role === 'migrate') return await stop.now(0);
    if (config.role === 'admin-token') {
      const { printAdminToken } = await import('./print-admin-token.js');
      await printAdminToken(config);
      return await stop.now(0);
    }
    const api = await startRole(config, logger, stoppables);
    if (api && environment) await introduce(config, environment, api);
    else logger.info({}, 'ready');
  } catch (error) {
    await stop.all();
    throw error;
  }
}

async function startRole(config: AppConfig, logger: Logger, stoppables: Stoppable[]): Promise<RunningApi | undefined> {
  let api: RunningApi | undefined;
  if (config.role !== 'worker') {
    api = await startApi(config, logger);
    stoppables.push(api.app);
  }
  if (config.role !== 'api') stoppables.push(await startWorker(config, logger));
  return api;
}

function startEmbeddedParts(config: AppConfig): Promise<EmbeddedEnvironment> | null {
  const { postgres, cluster, home } = config.embedded;
  if (!postgres && !cluster) return null;
  return startEmbedded({
    home,
    port: config.http.port,
    host: config.http.host,
    ...(postgres ? {} : { databaseUrl: config.databaseUrl }),
    ...(cluster ? {} : { kubeconfigPath: config.kubernetes.kubeconfigPath ?? 'in-cluster' }),
  });
}

/** The same configuration with the embedded parts filled in; what the environment named stays. */
function withEnvironment(config: AppConfig, environment: EmbeddedEnvironment): AppConfig {
  const { kubernetes, embedded } = config;
  return Object.freeze({
    ...config,
    databaseUrl: environment.databaseUrl,
    queueUrl: config.queueUrl || environment.queueUrl,
    kubernetes: Object.freeze({
      ...kubernetes,
      kubeconfigPath: embedded.cluster ? environment.kubeconfigPath : kubernetes.kubeconfigPath,
    }),
  });
}

/** Makes the tokens, writes embedded.json and prints the banner. */
async function introduce(config: AppConfig, environment: EmbeddedEnvironment, { url, app }: RunningApi): Promise<void> {
  const { SeedEmbeddedTokens } = await import('./features/access/index.js');
  const { home } = config.embedded;
  const tokens = await app.get(SeedEmbeddedTokens, { strict: false }).seed(keptTokens(home));
  const file: EmbeddedFile = {
    url,
    graphqlUrl: `${url}/graphql`,
    tokens,
    kubeconfig: config.embedded.cluster ? environment.kubeconfigPath : (config.kubernetes.kubeconfigPath ?? ''),
    databaseUrl: config.databaseUrl,
    queueUrl: config.queueUrl,
  };
  writeEmbeddedFile(home, file);
  const connections = app.get(ClusterConnections, { strict: false });
  const { postgres: ownPostgres, cluster: simulated } = config.embedded;
  const example = simulated
    ? { cluster: environment.clusterName, node: EXAMPLE_NODE }
    : await findExampleNode(connections);
  const realClusters = simulated ? [] : connections.names();
  const terminal = process.stdout.isTTY === true;
  process.stdout.write(`${renderBanner({ ...file, ...example, home, realClusters, ownPostgres, terminal })}\n`);
}

function keptTokens(home: string): Partial<EmbeddedFile['tokens']> {
  const path = join(home, 'embedded.json');
  if (!existsSync(path)) return {};
  try {
    return (JSON.parse(readFileSync(path, 'utf8')) as EmbeddedFile).tokens;
  } catch {
    return {}; // edited by hand: new tokens are made and the file is written anew
  }
}

/** Closes in the order API and worker first, then what they stand on. A second signal ends the process at once. */
function stopOnSignals(stoppables: Stoppable[]) {
  const stop = {
    asked: false,
    all: async () => {
      stop.asked = true;
      for (const stoppable of stoppables.splice(0).reverse()) await stoppable.close();
    },
    now: async (code: number) => {
      setTimeout(() => process.exit(1), STOP_LIMIT_MS).unref();
      await stop.all();
      process.exit(code);
    },
  };
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.on(signal, () => {
      if (stop.asked) process.exit(1);
      stop.now(0).catch((error: unknown) => {
        process.stderr.write(`node-steward: could not stop in order: ${(error as Error).message}\n`);
        process.exit(1);
      });
    });
  }
  return stop;
}
