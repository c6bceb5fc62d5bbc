import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { createConnection } from 'node:net';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type GuardedProcess, startGuardedProcess } from '../../src/embedded/guarded-process.js';
import { librariesOf, unpackDebianPackage } from './debian-package.js';
import { freePort } from './free-port.js';
import { cachedFolder } from './tool-cache.js';

export interface TestRedis {
  url: string;
  stop(): Promise<void>;
}

interface RedisProgram {
  path: string;
  libraries?: string;
}

/**
 * A Redis of this test's own (or the one that TEST_REDIS_URL names, with whatever is in it). Null if none can be had here: the suite then
 * reports that it did not run, with `reportNotRun`.
 */
export async function startRedis(): Promise<TestRedis | null> {
  const given = process.env.TEST_REDIS_URL;
  if (given) return { url: given, stop: async () => undefined };
  const program = await findRedis();
  if (!program) return null;
  const folder = mkdtempSync(join(tmpdir(), 'steward-redis-'));
  for (let attempt = 0; ; attempt++) {
    const port = await freePort();
    const server = await startGuardedProcess({
      command: program.path,
      args: ['--port', String(port), '--bind', '127.0.0.1', '--save', '', '--appendonly', 'no', '--dir', folder],
      logFile: join(folder, 'redis.log'),
      env: { PATH: process.env.PATH, ...(program.libraries ? { LD_LIBRARY_PATH: program.libraries } : {}) },
    });
    if (await answersPing(server, port)) {
      const stop = async () => {
        await server.stop();
        rmSync(folder, { recursive: true, force: true });
      };
      return { url: `redis://127.0.0.1:${port}`, stop };
    }
    await server.stop();
    if (attempt === 4) throw new Error(`${program.path} does not start, see ${folder}/redis.log`);
  }
}

/** Says on standard error, where the test report ends up, that a suite was left out. `.ci/run` looks for these words. */
export function reportNotRun(suite: string, reason: string): void {
  process.stderr.write(`NOT RUN: ${suite}: ${reason}\n`);
}

async function findRedis(): Promise<RedisProgram | null> {
  for (const folder of (process.env.PATH ?? '').split(delimiter)) {
    for (const name of ['redis-server', 'valkey-server']) {
      const path = join(folder, name);
      if (existsSync(path)) return { path };
    }
  }
  try {
    const folder = await cachedFolder('redis', async (staging) => {
      await unpackDebianPackage('redis-server', staging);
      if (!existsSync(unpackedRedis(staging).path)) throw new Error('the Debian package holds no redis-server');
    });
    return unpackedRedis(folder);
  } catch {
    return null;
  }
}

function unpackedRedis(folder: string): RedisProgram {
  return { path: join(folder, 'root/usr/bin/redis-server'), libraries: librariesOf(folder) };
}

async function answersPing(server: GuardedProcess, port: number): Promise<boolean> {
  const deadline = Date.now() + 10_000;
  while (server.running && Date.now() < deadline) {
    if (await ping(port)) return true;
    await sleep(20);
  }
  return false;
}

function ping(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = createConnection(port, '127.0.0.1', () => socket.write('PING\r\n'));
    socket.once('data', (answer) => {
      resolve(answer.toString().startsWith('+PONG'));
      socket.destroy();
    });
    socket.once('error', () => resolve(false));
  });
}
