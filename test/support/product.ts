import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { EmbeddedFile, EmbeddedRole } from '../../src/embedded/embedded-file.js';
import { ClusterClient } from './cluster-client.js';
import { HttpClient } from './http-client.js';
import { BootedProcess } from './processes.js';
import { reportNotRun, startRedis, type TestRedis } from './redis.js';

/** Which BullMQ backend this run of the suite uses; the e2e projects of vitest.config.ts set it. */
export const queueBackend = process.env.E2E_QUEUE === 'redis' ? 'redis' : 'postgres';

/** The whole product in embedded mode, in a folder of its own, on the queue backend of this run. */
export class Product {
  private constructor(
    readonly home: string,
    readonly process: BootedProcess,
    readonly file: EmbeddedFile,
    readonly redis: TestRedis | null,
    readonly cluster: ClusterClient,
  ) {}

  static async start(env: Record<string, string> = {}): Promise<Product> {
    const home = mkdtempSync(join(tmpdir(), 'steward-e2e-'));
    const redis = await redisOfThisRun();
    return Product.boot(home, redis, env);
  }

  /** The same home again, after the process was killed. */
  async startAgain(env: Record<string, string> = {}): Promise<Product> {
    await this.cluster.close();
    return Product.boot(this.home, this.redis, env);
  }

  private static async boot(home: string, redis: TestRedis | null, env: Record<string, string>): Promise<Product> {
    const process = await BootedProcess.boot({
      env: { NODE_STEWARD_HOME: home, ...(redis ? { QUEUE_URL: redis.url } : {}), ...env },
      until: /Node Steward is ready/,
    });
    const file = JSON.parse(readFileSync(join(home, 'embedded.json'), 'utf8')) as EmbeddedFile;
    return new Product(home, process, file, redis, new ClusterClient(file.kubeconfig));
  }

  as(role: EmbeddedRole): HttpClient {
    return new HttpClient(this.file.url, this.file.tokens[role]);
  }

  async stop(): Promise<void> {
    await this.process.stop();
    await this.cluster.close();
    await this.redis?.stop();
    rmSync(this.home, { recursive: true, force: true });
  }
}

/** Redis if this run is for it. A machine without one makes the run fail loudly: it was asked for. */
export async function redisOfThisRun(): Promise<TestRedis | null> {
  if (queueBackend === 'postgres') return null;
  const redis = await startRedis();
  if (!redis) {
    reportNotRun('e2e on Redis', 'no redis-server can be had on this machine');
    throw new Error('no redis-server can be had on this machine: install one or set TEST_REDIS_URL');
  }
  return redis;
}
