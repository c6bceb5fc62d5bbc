import { setTimeout as sleep } from 'node:timers/promises';
import type { INestApplicationContext } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import pg from 'pg';
import { loadConfig } from '../../src/config/app-config.js';
import { NodeOperations } from '../../src/features/operations/engine/node-operations.service.js';
import { isTerminal } from '../../src/features/operations/engine/operation.js';
import type { OperationPod } from '../../src/features/operations/engine/operation-pod.js';
import type { OperationRecord } from '../../src/features/operations/engine/operation-record.js';
import { OperationRepository } from '../../src/features/operations/engine/operation-repository.port.js';
import type { Actor, Caller } from '../../src/kernel/actor.js';
import { runMigrations } from '../../src/platform/postgres/run-migrations.js';
import { WorkerModule } from '../../src/worker.module.js';
import { testDatabase } from './postgres.js';

const ADMIN: Actor = {
  type: 'person',
  id: 'token:test-admin',
  displayName: 'Test admin',
  groups: [],
  bindings: [{ role: 'admin', clusters: ['*'] }],
  authMethod: 'api-token',
};

/** Who acts in these tests. */
export const callerWith = (actor: Partial<Actor> = {}): Caller => ({
  actor: { ...ADMIN, ...actor },
  request: { requestId: 'request-of-a-test' },
});

export interface TestWorker {
  readonly app: INestApplicationContext;
  readonly databaseUrl: string;
  readonly operations: OperationRepository;
  readonly nodes: NodeOperations;
  /** The operation once it has ended. */
  ended(id: string, timeoutMs?: number): Promise<OperationRecord>;
  pods(id: string): Promise<OperationPod[]>;
  query<T extends object>(text: string, values?: unknown[]): Promise<T[]>;
  close(): Promise<void>;
}

/** A worker process within this one: real Postgres, real queue, the clusters of a kubeconfig. */
export async function startTestWorker(
  kubeconfigPath: string,
  environment: Record<string, string> = {},
): Promise<TestWorker> {
  const url = environment.DATABASE_URL ?? (await testDatabase()).url;
  await runMigrations(url);
  const settings = { LOG_LEVEL: 'error', LOG_FORMAT: 'json', ROLE: 'worker', KUBECONFIG: kubeconfigPath };
  const config = loadConfig({ ...settings, DATABASE_URL: url, ...environment }, false);
  const app = await NestFactory.createApplicationContext(WorkerModule.of(config), { logger: ['error'] });
  const operations = app.get(OperationRepository, { strict: false });
  const pool = new pg.Pool({ connectionString: url, max: 2 });
  return {
    app,
    databaseUrl: url,
    operations,
    nodes: app.get(NodeOperations, { strict: false }),
    pods: (id) => operations.pods(id),
    query: async (text, values) => (await pool.query(text, values)).rows,
    async ended(id, timeoutMs = 60_000) {
      const until = Date.now() + timeoutMs;
      for (;;) {
        const operation = await operations.find(id);
        if (operation && isTerminal(operation.state)) return operation;
        if (Date.now() > until) throw new Error(`not ended: ${JSON.stringify(operation)}`);
        await sleep(10);
      }
    },
    async close() {
      await pool.end();
      await app.close();
    },
  };
}
