import { accessSync, appendFileSync, constants, mkdirSync, rmSync, statSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { StartupError } from '../kernel/startup-error.js';
import { HomeLock } from './home-lock.js';
import { NodeChild, type ReadyLine } from './node-child.js';
import { startEmbeddedPostgres } from './postgres/start-embedded-postgres.js';

export interface EmbeddedOptions {
  /** Folder that keeps everything; deleting it is the reset. */
  home: string;
  /** Where the product is going to listen: looked at first, so that a port in use starts nothing. 0 is any. */
  port: number;
  host?: string;
  /** A Postgres that is there already: then none is started. */
  databaseUrl?: string;
  /** A kubeconfig of real clusters: then no cluster is simulated. */
  kubeconfigPath?: string;
}

export interface EmbeddedEnvironment {
  databaseUrl: string;
  queueUrl: string;
  kubeconfigPath: string;
  clusterName: string;
  /** Resolves, with what ended, if a part ends for good without being asked to. */
  lost: Promise<string>;
  stop(): Promise<void>;
}

const CLUSTER_NAME = 'demo';
const LOG_LIMIT = 5_000_000;

/** Starts real servers for a machine that has none: Postgres, and a simulated cluster in its own process. */
export async function startEmbedded(options: EmbeddedOptions): Promise<EmbeddedEnvironment> {
  const { home } = options;
  prepareHome(home);
  // Before the port: a second start in the same home should hear about the home, whose first start holds the port too.
  const lock = HomeLock.acquire(home);
  try {
    await assertPortFree(options.port, options.host ?? '127.0.0.1');
    const parts = await startParts(options);
    return {
      databaseUrl: parts.databaseUrl,
      queueUrl: parts.databaseUrl,
      kubeconfigPath: parts.kubeconfigPath,
      clusterName: CLUSTER_NAME,
      lost: Promise.race(parts.lost),
      async stop() {
        await Promise.all(parts.stops.map((stop) => stop()));
        lock.release();
      },
    };
  } catch (error) {
    lock.release();
    throw error;
  }
}

interface StartedParts {
  databaseUrl: string;
  kubeconfigPath: string;
  lost: Promise<string>[];
  stops: (() => Promise<void>)[];
}

async function startParts({ home, databaseUrl, kubeconfigPath }: EmbeddedOptions): Promise<StartedParts> {
  const [postgres, cluster] = await Promise.allSettled([
    databaseUrl ? undefined : startEmbeddedPostgres({ dataDir: join(home, 'postgres'), database: 'node_steward' }),
    kubeconfigPath ? undefined : startCluster(join(home, 'cluster')),
  ]);
  const lost: Promise<string>[] = [];
  const stops: (() => Promise<void>)[] = [];
  if (postgres.status === 'fulfilled' && postgres.value) {
    const { exited, stop } = postgres.value;
    lost.push(exited.then(() => 'the embedded Postgres'));
    stops.push(stop);
  }
  if (cluster.status === 'fulfilled' && cluster.value) {
    const { child } = cluster.value;
    lost.push(child.exited.then(() => 'the simulated cluster'));
    stops.push(() => child.stop());
  }
  if (postgres.status === 'rejected' || cluster.status === 'rejected') {
    await Promise.all(stops.map((stop) => stop()));
    throw postgres.status === 'rejected' ? postgres.reason : (cluster as PromiseRejectedResult).reason;
  }
  return {
    databaseUrl: databaseUrl ?? (postgres.value?.url as string),
    kubeconfigPath: kubeconfigPath ?? (cluster.value?.ready.kubeconfig as string),
    lost,
    stops,
  };
}

function prepareHome(home: string): void {
  try {
    // Passable for the user that Postgres runs as when we are root; every file with a secret in it is 0600.
    mkdirSync(home, { recursive: true, mode: 0o711 });
    accessSync(home, constants.R_OK | constants.W_OK | constants.X_OK);
    // Root passes access checks on a read-only file system's folders, so try.
    const probe = join(home, `.write-${process.pid}`);
    appendFileSync(probe, '');
    rmSync(probe);
  } catch (cause) {
    const code = (cause as NodeJS.ErrnoException).code ?? (cause as Error).message;
    throw new StartupError(
      `The folder ${home} is not writable (${code}): make it writable for this user, or set NODE_STEWARD_HOME to another folder`,
      { cause },
    );
  }
}

function startCluster(dataDir: string): Promise<{ child: NodeChild; ready: ReadyLine }> {
  mkdirSync(dataDir, { recursive: true, mode: 0o700 });
  const logFile = join(dataDir, 'cluster.log');
  if ((statSync(logFile, { throwIfNoEntry: false })?.size ?? 0) > LOG_LIMIT) rmSync(logFile);
  const options = { name: CLUSTER_NAME, dataDir, profile: 'default', kubelets: true };
  return NodeChild.start({
    name: 'The simulated cluster',
    script: fileURLToPath(new URL('../../packages/simulated-cluster/src/main.js', import.meta.url)),
    args: [JSON.stringify(options)],
    log: (line) => appendFileSync(logFile, `${line}\n`, { mode: 0o600 }),
    restartArgs: (ready) => [JSON.stringify({ ...options, port: Number(new URL(ready.url).port) })],
  });
}

function assertPortFree(port: number, host: string): Promise<void> {
  if (port === 0) return Promise.resolve();
  return new Promise((resolve, reject) => {
    const probe = createServer();
    probe.once('error', (cause: NodeJS.ErrnoException) => {
      const problem = cause.code === 'EADDRINUSE' ? 'is in use' : `cannot be opened (${cause.code})`;
      reject(
        new StartupError(`Port ${port} ${problem}: stop what listens there, or set PORT to another one`, { cause }),
      );
    });
    probe.listen(port, host, () => probe.close(() => resolve()));
  });
}
