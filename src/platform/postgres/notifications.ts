import { Inject, Injectable, type OnApplicationShutdown } from '@nestjs/common';
import pg from 'pg';
import type { AppConfig } from '../../config/app-config.js';
import { APP_CONFIG } from '../../config/config.module.js';
import { Logger } from '../telemetry/logger.js';
import { BoundedClient } from './bounded-client.js';
import { API_LIMITS, boundedClient } from './database-limits.js';

type Listener = (payload: string) => void;
const RECONNECT_MS = 500;
const LONGEST_RECONNECT_MS = 2_000;
/** Nothing is ever sent on a connection that only listens, so nothing would show that the other side is gone. */
const LIVENESS_CHECK_MS = 5_000;

/**
 * Postgres LISTEN on one connection of its own, shared by all listeners of the process.
 * A notification is only a hint to look: after a reconnect every listener is called once with '' since some may be lost.
 */
@Injectable()
export class Notifications implements OnApplicationShutdown {
  private readonly listeners = new Map<string, Set<Listener>>();
  private readonly ready = new Map<string, Promise<unknown>>();
  private client: Promise<pg.Client> | null = null;
  private stopped = false;
  private waiting: NodeJS.Timeout | undefined;
  private failures = 0;

  constructor(
    @Inject(APP_CONFIG) private readonly config: AppConfig,
    private readonly logger: Logger,
  ) {}

  /**
   * Calls `listener` for each notification on `channel` until the returned function is called. Resolves once nothing can
   * be missed. Rejects while the database is away; the listener is called as soon as it is back, though.
   */
  async listen(channel: string, listener: Listener): Promise<() => void> {
    const known = this.listeners.get(channel) ?? new Set();
    this.listeners.set(channel, known.add(listener));
    const ready = this.ready.get(channel) ?? this.begin(channel);
    this.ready.set(channel, ready);
    await ready.catch((error: unknown) => {
      this.ready.delete(channel);
      throw error;
    });
    return () => known.delete(listener);
  }

  async onApplicationShutdown(): Promise<void> {
    this.stopped = true;
    clearTimeout(this.waiting);
    const client = await this.client?.catch(() => null);
    await client?.end();
  }

  private async begin(channel: string): Promise<void> {
    const client = await this.connected();
    await client.query(`LISTEN ${pg.escapeIdentifier(channel)}`);
  }

  private connected(): Promise<pg.Client> {
    this.client ??= this.connect().catch((error: unknown) => {
      this.client = null;
      throw error;
    });
    return this.client;
  }

  private async connect(): Promise<pg.Client> {
    const client = new BoundedClient({
      ...boundedClient(API_LIMITS),
      connectionString: this.config.databaseUrl,
      application_name: 'node-steward-listen',
    });
    client.on('notification', ({ channel, payload }) => this.dispatch(channel, payload ?? ''));
    client.on('error', (error) => this.logger.warn({ err: error }, 'listen connection failed'));
    let checks: NodeJS.Timeout | undefined;
    client.on('end', () => {
      clearInterval(checks);
      this.reconnect();
    });
    await client.connect();
    // A check that fails has ended the connection, and the log says so.
    checks = setInterval(() => client.query('SELECT 1').catch(() => undefined), LIVENESS_CHECK_MS).unref();
    return client;
  }

  /** A connection that fails both ends and rejects: one new attempt follows, whoever asks for it. */
  private reconnect(): void {
    this.client = null;
    if (this.stopped || this.waiting) return;
    const pause = Math.min(LONGEST_RECONNECT_MS, RECONNECT_MS * 2 ** Math.min(this.failures, 8));
    this.waiting = setTimeout(() => {
      this.waiting = undefined;
      if (!this.stopped) void this.restore();
    }, pause).unref();
  }

  private async restore(): Promise<void> {
    try {
      const client = await this.connected();
      for (const channel of this.listeners.keys()) {
        await client.query(`LISTEN ${pg.escapeIdentifier(channel)}`);
        this.dispatch(channel, '');
      }
      this.failures = 0;
    } catch (error) {
      this.failures += 1;
      this.logger.warn({ err: error }, 'listen connection can not be opened again');
      this.reconnect();
    }
  }

  private dispatch(channel: string, payload: string): void {
    for (const listener of this.listeners.get(channel) ?? []) listener(payload);
  }
}
