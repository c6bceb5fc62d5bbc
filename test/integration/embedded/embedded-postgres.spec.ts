import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import pg from 'pg';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { findPostgresBinaries } from '../../../src/embedded/postgres/postgres-binaries.js';
import { postgresUser } from '../../../src/embedded/postgres/postgres-user.js';
import {
  type EmbeddedPostgres,
  startEmbeddedPostgres,
} from '../../../src/embedded/postgres/start-embedded-postgres.js';
import { StartupError } from '../../../src/kernel/startup-error.js';
import { assertNothingLeft } from '../../support/processes.js';

const root = process.getuid?.() === 0;
let folder: string;
let dataDir: string;
let running: EmbeddedPostgres[] = [];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'steward-embedded-'));
  chmodSync(folder, 0o755);
  dataDir = join(folder, 'postgres');
});
afterEach(async () => {
  await Promise.all(running.map((server) => server.stop()));
  running = [];
  await assertNothingLeft(folder);
  rmSync(folder, { recursive: true });
});

async function start(durability?: 'test'): Promise<EmbeddedPostgres> {
  const server = await startEmbeddedPostgres({ dataDir, database: 'node_steward', durability });
  running.push(server);
  return server;
}

async function query(url: string, statement: string): Promise<Record<string, unknown>[]> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query(statement)).rows;
  } finally {
    await client.end();
  }
}

describe('the embedded Postgres', () => {
  it('keeps data, port and password over a restart, durably', async () => {
    const first = await start();
    await query(first.url, 'CREATE TABLE t AS SELECT 42 AS answer');
    expect(
      await query(first.url, "SELECT current_setting('fsync') f, current_setting('synchronous_commit') s"),
    ).toEqual([{ f: 'on', s: 'on' }]);
    await first.stop();
    const second = await start();
    expect(second.url).toBe(first.url);
    expect(await query(second.url, 'SELECT answer FROM t')).toEqual([{ answer: 42 }]);
  });

  it('takes no connection without its password and keeps that to its owner', async () => {
    const { url } = await start('test');
    const wrong = new URL(url);
    wrong.password = 'guess';
    await expect(query(wrong.href, 'SELECT 1')).rejects.toThrow(/password authentication failed/);
    expect(statSync(join(dataDir, 'state.json')).mode & 0o777).toBe(0o600);
    expect(statSync(join(dataDir, 'data')).mode & 0o777).toBe(0o700);
    expect(readdirSync(dataDir).sort()).toEqual(['data', 'postgres.log', 'state.json']);
  });

  it('runs as another user than root', async () => {
    const { url } = await start('test');
    await query(url, 'SELECT 1');
    const server = Number(readFileSync(join(dataDir, 'data/postmaster.pid'), 'utf8').split('\n')[0]);
    const uid = Number(/^Uid:\s+(\d+)/m.exec(readFileSync(`/proc/${server}/status`, 'utf8'))?.[1]);
    expect(uid).toBe(root ? postgresUser(join(dataDir, 'data'))?.uid : process.getuid?.());
    expect(uid).not.toBe(0);
  });

  it('moves to another port if somebody took its own', async () => {
    const first = await start('test');
    await first.stop();
    const port = Number(new URL(first.url).port);
    const intruder = createServer().listen(port, '127.0.0.1');
    try {
      const second = await start('test');
      expect(new URL(second.url).port).not.toBe(String(port));
      expect(await query(second.url, 'SELECT 1 AS one')).toEqual([{ one: 1 }]);
    } finally {
      intruder.close();
    }
  });

  it('starts over a pid file whose number belongs to another process by now', async () => {
    const first = await start('test');
    const pidFile = join(dataDir, 'data/postmaster.pid');
    const stale = readFileSync(pidFile, 'utf8').replace(/^\d+/, String(process.pid));
    await first.stop();
    writeFileSync(pidFile, stale, { mode: 0o644 });
    const second = await start('test');
    expect(await query(second.url, 'SELECT 1 AS one')).toEqual([{ one: 1 }]);
  });

  it('ends a server that lost its guard, and opens its data', async () => {
    const first = await start();
    await query(first.url, 'CREATE TABLE t AS SELECT 42 AS answer');
    const server = readFileSync(join(dataDir, 'data/postmaster.pid'), 'utf8').split('\n')[0];
    const guard = Number(/^PPid:\s+(\d+)/m.exec(readFileSync(`/proc/${server}/status`, 'utf8'))?.[1]);
    process.kill(guard, 'SIGKILL');
    await first.exited;
    const second = await start();
    expect(await query(second.url, 'SELECT answer FROM t')).toEqual([{ answer: 42 }]);
  });

  it('starts anew over the remains of an initialization that was cut off', async () => {
    mkdirSync(join(dataDir, 'data.new'), { recursive: true });
    writeFileSync(join(dataDir, 'data.new/PG_VERSION'), '18');
    const { url } = await start('test');
    expect(await query(url, 'SELECT 1 AS one')).toEqual([{ one: 1 }]);
    expect(existsSync(join(dataDir, 'data.new'))).toBe(false);
  });

  it('refuses the data of another major version in one line', async () => {
    await (await start('test')).stop();
    writeFileSync(join(dataDir, 'data/PG_VERSION'), '16\n');
    const error = await start('test').catch((caught: unknown) => caught);
    expect(error).toBeInstanceOf(StartupError);
    expect((error as Error).message).toMatch(
      /^The data in .* was written by Postgres 16, and this version brings Postgres 18: [^\n]+$/,
    );
  });

  it('says in one line that its folder cannot be written', async () => {
    writeFileSync(join(folder, 'postgres'), 'a file in the way');
    const error = await start('test').catch((caught: unknown) => caught);
    expect(error).toBeInstanceOf(StartupError);
    expect((error as Error).message).toMatch(/cannot be written \(EEXIST\): make it writable[^\n]+$/);
  });

  it.runIf(root)(
    'keeps its data elsewhere if root starts it inside a private folder, and a reset is a reset',
    async () => {
      chmodSync(folder, 0o700);
      const first = await start('test');
      const { dataFolder } = JSON.parse(readFileSync(join(dataDir, 'state.json'), 'utf8')) as { dataFolder: string };
      try {
        expect(dataFolder.startsWith(folder)).toBe(false);
        await query(first.url, 'CREATE TABLE t AS SELECT 42 AS answer');
        await first.stop();
        const second = await start('test');
        expect(await query(second.url, 'SELECT answer FROM t')).toEqual([{ answer: 42 }]);
        await second.stop();
        rmSync(dataDir, { recursive: true });
        const third = await start('test');
        expect(await query(third.url, "SELECT count(*)::int AS tables FROM pg_tables WHERE tablename = 't'")).toEqual([
          { tables: 0 },
        ]);
        await third.stop();
      } finally {
        await Promise.all(running.map((server) => server.stop()));
        rmSync(dirname(dataFolder), { recursive: true, force: true });
      }
    },
  );
});

describe('the binaries', () => {
  /** The package as npm leaves it when it may not run install scripts: without the library links. */
  function withoutLinks(): string {
    const native = join(folder, 'package/native');
    cpSync(dirname(dirname(findPostgresBinaries(undefined).postgres)), native, {
      recursive: true,
      verbatimSymlinks: true,
    });
    for (const name of readdirSync(join(native, 'lib'), { withFileTypes: true })) {
      if (name.isSymbolicLink()) unlinkSync(join(native, 'lib', name.name));
    }
    return native;
  }

  it('run after an install that was not allowed to run scripts', () => {
    const native = withoutLinks();
    const found = findPostgresBinaries(undefined, native);
    expect(found).toEqual({
      postgres: join(native, 'bin/postgres'),
      initdb: join(native, 'bin/initdb'),
      majorVersion: 18,
    });
  });

  it.runIf(root)('are copied for a user who cannot reach the checkout', () => {
    const native = withoutLinks();
    chmodSync(folder, 0o700);
    const user = postgresUser(dataDir);
    const found = findPostgresBinaries(user, native);
    expect(found.postgres.startsWith(folder)).toBe(false);
    expect(found.majorVersion).toBe(18);
    expect(findPostgresBinaries(user, native)).toEqual(found);
    rmSync(dirname(dirname(dirname(found.postgres))), { recursive: true });
  });
});
