import { spawn } from 'node:child_process';
import { readFileSync, statSync, truncateSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { StartupError } from '../../kernel/startup-error.js';
import { type GuardedProcess, guardedCommand, startGuardedProcess } from '../guarded-process.js';
import { endOrphanedServer } from './orphaned-server.js';
import { findPostgresBinaries, type PostgresBinaries } from './postgres-binaries.js';
import { PostgresFolder } from './postgres-folder.js';
import { DATABASE_USER, type Durability, initdbArguments, serverArguments } from './postgres-settings.js';

export interface EmbeddedPostgresOptions {
  /** Folder of this Postgres: data, log, port and password. The caller makes sure that only one process uses it. */
  dataDir: string;
  database: string;
  durability?: Durability;
}

export interface EmbeddedPostgres {
  url: string;
  /** Normally inside dataDir; elsewhere if the user that Postgres runs as cannot get there. */
  dataFolder: string;
  /** Resolves if the server ends, asked or not. */
  exited: Promise<number>;
  stop(): Promise<void>;
}

const READY_MS = 30_000;
const LOG_LIMIT = 5_000_000;
const ENVIRONMENT = { PATH: '/usr/bin:/bin', LC_ALL: 'C', TZ: 'UTC' };

/** A real Postgres on a loopback port, whose data outlives it and which never outlives this process. */
export async function startEmbeddedPostgres(options: EmbeddedPostgresOptions): Promise<EmbeddedPostgres> {
  const durability = options.durability ?? 'durable';
  const folder = PostgresFolder.open(options.dataDir);
  const binaries = findPostgresBinaries(folder.user);
  if (!folder.initialized) {
    await folder.create((target, passwordFile) =>
      initdb(binaries, folder, initdbArguments(target, passwordFile, durability)),
    );
  } else if (folder.dataVersion !== binaries.majorVersion) {
    throw new StartupError(
      `The data in ${folder.dataFolder} was written by Postgres ${folder.dataVersion}, and this version brings Postgres ${binaries.majorVersion}: ` +
        `start the version that wrote it, or delete ${folder.path} to begin anew.`,
    );
  }
  await endOrphanedServer(folder.dataFolder);
  const { server, port } = await startServer(binaries, folder, durability);
  const url = (database: string) => `postgres://${DATABASE_USER}:${folder.password}@127.0.0.1:${port}/${database}`;
  try {
    await ensureDatabase(url('postgres'), options.database);
  } catch (error) {
    await server.stop();
    throw error;
  }
  return {
    url: url(options.database),
    dataFolder: folder.dataFolder,
    exited: server.exited,
    stop: () => server.stop(),
  };
}

async function initdb(binaries: PostgresBinaries, folder: PostgresFolder, args: string[]): Promise<void> {
  const run = spawn(...guardedCommand(binaries.initdb, args), {
    cwd: '/',
    env: ENVIRONMENT,
    stdio: ['ignore', 'pipe', 'pipe', 'pipe'],
    // Ctrl-C in the terminal reaches only us; the guard ends this one.
    detached: true,
    ...folder.user,
  });
  let output = '';
  for (const stream of [run.stdout, run.stderr]) stream?.setEncoding('utf8').on('data', (text) => (output += text));
  run.once('exit', () => run.stdio[3]?.destroy());
  const code = await new Promise<number>((resolve) => {
    run.once('error', (error) => {
      output += error.message;
      resolve(127);
    });
    run.once('close', (status) => resolve(status ?? 1));
  });
  if (code === 0) return;
  const reason = /error: (.*)/.exec(output)?.[1] ?? output.trim().split('\n').at(-1);
  throw new StartupError(
    `The embedded Postgres could not make its data folder in ${folder.path}: ${reason}. Is the disk full?`,
  );
}

/** Takes the port of the last start, so that a noted DSN stays valid, and another one if somebody took it. */
async function startServer(
  binaries: PostgresBinaries,
  folder: PostgresFolder,
  durability: Durability,
): Promise<{ server: GuardedProcess; port: number }> {
  if ((statSync(folder.logFile, { throwIfNoEntry: false })?.size ?? 0) > LOG_LIMIT) truncateSync(folder.logFile);
  for (let attempt = 0; ; attempt++) {
    const port = await choosePort(attempt === 0 ? folder.port : undefined);
    const logStart = statSync(folder.logFile, { throwIfNoEntry: false })?.size ?? 0;
    const server = await startGuardedProcess({
      command: binaries.postgres,
      args: serverArguments(folder.dataFolder, port, durability),
      logFile: folder.logFile,
      env: ENVIRONMENT,
      stopSignal: durability === 'test' ? 'QUIT' : 'INT',
      ...folder.user,
    });
    if (await isReady(server, folder.dataFolder, port)) {
      folder.rememberPort(port);
      return { server, port };
    }
    await server.stop();
    const log = readFileSync(folder.logFile).subarray(logStart).toString('utf8');
    if (log.includes('could not bind') && attempt < 5) continue;
    const reason = /(?:FATAL|PANIC|error):\s+(.*)/.exec(log)?.[1] ?? 'it did not become ready in time';
    throw new StartupError(`The embedded Postgres did not start: ${reason}. Its log is ${folder.logFile}.`);
  }
}

/** The server writes "ready" into its pid file when it takes connections, as pg_ctl waits for it too. */
async function isReady(server: GuardedProcess, dataFolder: string, port: number): Promise<boolean> {
  const deadline = Date.now() + READY_MS;
  while (server.running && Date.now() < deadline) {
    try {
      const lines = readFileSync(join(dataFolder, 'postmaster.pid'), 'utf8').split('\n');
      if (lines[7]?.trim() === 'ready' && Number(lines[3]) === port) return true;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    }
    await sleep(10);
  }
  return false;
}

async function choosePort(wanted: number | undefined): Promise<number> {
  const port = (wanted && (await freePort(wanted))) || (await freePort(0));
  if (!port) throw new StartupError('No TCP port is free on 127.0.0.1 for the embedded Postgres.');
  return port;
}

/** The port if nobody listens on it, else undefined; 0 asks the kernel for any. */
function freePort(wanted: number): Promise<number | undefined> {
  return new Promise((resolve) => {
    const probe = createServer();
    probe.once('error', () => resolve(undefined));
    probe.listen(wanted, '127.0.0.1', () => {
      const address = probe.address();
      probe.close(() => resolve(typeof address === 'object' && address ? address.port : undefined));
    });
  });
}

async function ensureDatabase(adminUrl: string, database: string): Promise<void> {
  const client = new pg.Client({ connectionString: adminUrl });
  await client.connect();
  try {
    const found = await client.query('SELECT 1 FROM pg_database WHERE datname = $1', [database]);
    if (found.rowCount === 0) await client.query(`CREATE DATABASE ${client.escapeIdentifier(database)}`);
  } finally {
    await client.end();
  }
}
