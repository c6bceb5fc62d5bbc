import { Inject, Injectable, type OnApplicationShutdown } from '@nestjs/common';
import type pg from 'pg';
import type { AppConfig } from '../../config/app-config.js';
import { APP_CONFIG } from '../../config/config.module.js';
import { HEARTBEAT_TIMEOUT_MS } from '../lease/lease-terms.js';
import { BoundedPool } from './bounded-pool.js';
import { boundedPool, type DatabaseLimits } from './database-limits.js';

const CONNECTIONS = 4;
const LIMITS: DatabaseLimits = {
  connectMs: HEARTBEAT_TIMEOUT_MS,
  statementMs: HEARTBEAT_TIMEOUT_MS,
  answerMs: HEARTBEAT_TIMEOUT_MS,
};

/**
 * Queries that are worth nothing when they are answered late: heartbeats, and what time it is. They have a few connections
 * of their own, so that they neither wait for the work of others nor take its connections away when the database hangs.
 */
@Injectable()
export class PromptQueries implements OnApplicationShutdown {
  private readonly pool: pg.Pool;

  constructor(@Inject(APP_CONFIG) config: AppConfig) {
    this.pool = new BoundedPool({
      ...boundedPool(LIMITS),
      connectLimitMs: LIMITS.connectMs,
      connectionString: config.databaseUrl,
      application_name: 'node-steward-prompt',
      max: CONNECTIONS,
    });
    // A connection that breaks while nobody uses it: the next query opens another.
    this.pool.on('error', () => undefined);
  }

  async run<R extends pg.QueryResultRow>(text: string, values: unknown[] = []): Promise<R[]> {
    const { rows } = await this.pool.query<R>(text, values);
    return rows;
  }

  async onApplicationShutdown(): Promise<void> {
    await this.pool.end();
  }
}
