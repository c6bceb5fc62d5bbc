import { setTimeout as sleep } from 'node:timers/promises';
import { Injectable, type OnModuleInit } from '@nestjs/common';
import { LRUCache } from 'lru-cache';
import { monotonicNow } from '../../../kernel/monotonic.js';
import { DatabaseLink } from '../../../platform/postgres/database-link.js';
import { databaseUnavailable } from '../../../platform/postgres/database-unavailable.js';
import { Notifications } from '../../../platform/postgres/notifications.js';
import { Logger } from '../../../platform/telemetry/logger.js';
import type { ApiTokenRecord } from '../domain/api-token-record.js';
import { ApiTokenRepository } from './ports/api-token.repository.js';

export const API_TOKEN_CHANNEL = 'node_steward_api_tokens';

/** A revocation reaches other processes by notification at once; this bounds it if that connection is down. */
const KEPT_MS = 2_000;
const MAX_KEPT = 10_000;

/** How long a row that was read holds while the database does not answer. */
const KEPT_WITHOUT_DATABASE_MS = 60_000;
/** Longer than any healthy look-up takes. */
const PATIENCE_MS = 1_000;

/** Times are monotonic, in milliseconds. */
interface Kept {
  token: ApiTokenRecord;
  readAt: number;
  until: number;
}

/** Rows of tokens, kept for seconds so that reads cost no query each. */
@Injectable()
export class KnownApiTokens implements OnModuleInit {
  private readonly rows = new LRUCache<string, Kept>({ max: MAX_KEPT });
  private readonly loading = new Map<string, Promise<ApiTokenRecord | null>>();
  private readonly listeners = new Set<(id: string) => void>();
  private changes = 0;

  constructor(
    private readonly tokens: ApiTokenRepository,
    private readonly notifications: Notifications,
    private readonly database: DatabaseLink,
    private readonly logger: Logger,
  ) {}

  onModuleInit(): void {
    // Not awaited: the API answers before its database does, and KEPT_MS holds without notifications.
    this.notifications
      .listen(API_TOKEN_CHANNEL, (id) => this.changed(id))
      .catch((error: unknown) => {
        this.logger.warn({ err: error }, 'token changes of other processes arrive late: no notifications');
      });
  }

  /** Calls `listener` with the id of a token that has changed; with '' if any may have. */
  onChange(listener: (id: string) => void): void {
    this.listeners.add(listener);
  }

  /**
   * The row, a few seconds old at most. While the database does not answer, one that was read within the last minute
   * still holds: what needs no database goes on, and whoever could revoke it has no database either.
   */
  async find(id: string): Promise<ApiTokenRecord | null> {
    const known = this.rows.get(id);
    const now = monotonicNow();
    if (known && known.until > now) return known.token;
    const loading = this.load(id);
    if (!known || known.readAt + KEPT_WITHOUT_DATABASE_MS <= now) return loading;
    const unread = loading.catch((error: unknown) => {
      if (databaseUnavailable(error)) return known.token;
      throw error;
    });
    // Nobody waits for this one: what goes wrong with it must not end the process.
    unread.catch((error: unknown) => this.logger.warn({ err: error }, 'a token can not be read again'));
    if (this.database.isAway) return known.token;
    return Promise.race([unread, sleep(PATIENCE_MS, known.token, { ref: false })]);
  }

  /** As it was when it was last looked up, however long ago. */
  last(id: string): ApiTokenRecord | undefined {
    return this.rows.get(id)?.token;
  }

  /** As they are now, by one statement. */
  async refresh(ids: readonly string[]): Promise<ReadonlyMap<string, ApiTokenRecord>> {
    const { changes } = this;
    const found = await this.tokens.findMany(ids);
    for (const token of found) this.keep(token, changes === this.changes);
    return new Map(found.map((token) => [token.id, token]));
  }

  /** One query a token at a time, however many requests come with it. */
  private load(id: string): Promise<ApiTokenRecord | null> {
    const running = this.loading.get(id);
    if (running) return running;
    const loading = this.read(id);
    this.loading.set(id, loading);
    const done = () => {
      if (this.loading.get(id) === loading) this.loading.delete(id);
    };
    loading.then(done, done);
    return loading;
  }

  private async read(id: string): Promise<ApiTokenRecord | null> {
    const { changes } = this;
    const token = await this.tokens.find(id);
    // Unknown ids are not kept: a token that was made a moment ago on another process must work at once.
    if (token) this.keep(token, changes === this.changes);
    else this.rows.delete(id);
    return token;
  }

  /** What was read while something changed may be from before: it is not relied on. */
  private keep(token: ApiTokenRecord, isCurrent: boolean): void {
    const now = monotonicNow();
    this.rows.set(token.id, { token, readAt: now, until: isCurrent ? now + KEPT_MS : 0 });
    if (!isCurrent) this.distrust(this.rows.get(token.id));
  }

  private distrust(row: Kept | undefined): void {
    if (row) Object.assign(row, { readAt: Number.NEGATIVE_INFINITY, until: 0 });
  }

  private changed(id: string): void {
    this.changes += 1;
    const stale = id === '' ? [...this.rows.values()] : [this.rows.get(id)];
    for (const row of stale) if (row) row.until = 0;
    // One that is named has changed: its row holds no more, whether the database answers or not.
    if (id !== '') this.distrust(this.rows.get(id));
    // Whoever asks from now on must not get what was being read before the change.
    if (id === '') this.loading.clear();
    else this.loading.delete(id);
    for (const listener of this.listeners) listener(id);
  }
}
