import { setTimeout as sleep } from 'node:timers/promises';
import { type BeforeApplicationShutdown, Injectable, type OnModuleInit } from '@nestjs/common';
import type { Actor } from '../../../kernel/actor.js';
import { Clock } from '../../../kernel/clock.js';
import { DomainError } from '../../../kernel/domain-error.js';
import { monotonicNow } from '../../../kernel/monotonic.js';
import { Authenticator } from '../../../platform/http/authenticator.js';
import { DatabaseLink } from '../../../platform/postgres/database-link.js';
import { databaseUnavailable } from '../../../platform/postgres/database-unavailable.js';
import { Notifications } from '../../../platform/postgres/notifications.js';
import { Logger } from '../../../platform/telemetry/logger.js';
import { hashSecret, type ParsedToken, parseToken, sameHash } from '../domain/api-token.js';
import type { ApiTokenRecord } from '../domain/api-token-record.js';
import { isAddressIn } from '../domain/cidr-list.js';
import { ApiTokenRepository } from './ports/api-token.repository.js';

export const API_TOKEN_CHANNEL = 'node_steward_api_tokens';

/** A revocation reaches other processes by notification at once; this bounds it if that connection is down. */
const KEPT_MS = 5_000;
const MAX_KEPT = 10_000;
const FLUSH_MS = 15_000;

/** How long a row that was read holds while the database does not answer. */
const KEPT_WITHOUT_DATABASE_MS = 60_000;
/** Longer than any healthy look-up takes. */
const PATIENCE_MS = 1_000;

interface Kept {
  token: ApiTokenRecord;
  readAt: number;
}

/** Turns `Authorization: Bearer ns_…` into its actor. Rows are kept for seconds, so that reads cost no query each. */
@Injectable()
export class AuthenticateApiToken extends Authenticator implements OnModuleInit, BeforeApplicationShutdown {
  private readonly kept = new Map<string, Kept>();
  private readonly reading = new Map<string, Promise<ApiTokenRecord | null>>();
  private uses = new Map<string, Date>();
  private flusher: NodeJS.Timeout | undefined;

  constructor(
    private readonly tokens: ApiTokenRepository,
    private readonly clock: Clock,
    private readonly notifications: Notifications,
    private readonly database: DatabaseLink,
    private readonly logger: Logger,
  ) {
    super();
  }

  onModuleInit(): void {
    // Not awaited: the API answers before its database does, and KEPT_MS holds without notifications.
    this.notifications
      .listen(API_TOKEN_CHANNEL, (id) => this.forget(id))
      .catch((error: unknown) => {
        this.logger.warn({ err: error }, 'token changes of other processes arrive late: no notifications');
      });
    this.flusher = setInterval(() => this.flush(), FLUSH_MS).unref();
  }

  async beforeApplicationShutdown(): Promise<void> {
    clearInterval(this.flusher);
    await this.flush();
  }

  override async authenticate(authorization: string | undefined, sourceIp: string | undefined): Promise<Actor> {
    const parsed = parseToken(bearerOf(authorization));
    if (!parsed) throw refused('The token is not one of this service.');
    const token = await this.load(parsed.id);
    const now = this.clock.now();
    if (!token || !proves(parsed, token, now)) throw refused('The token is unknown or was replaced.');
    if (token.revokedAt) throw refused('The token was revoked.');
    if (token.expiresAt && token.expiresAt <= now) throw refused('The token has expired.');
    if (token.cidrs.length > 0 && !isAddressIn(sourceIp ?? '', token.cidrs)) {
      throw refused('The token may not be used from this address.');
    }
    this.uses.set(token.id, now);
    return actorOf(token);
  }

  /**
   * The row, a few seconds old at most. While the database does not answer, one that was read within the last minute
   * still holds: what needs no database goes on, and whoever could revoke it has no database either.
   */
  private async load(id: string): Promise<ApiTokenRecord | null> {
    const known = this.kept.get(id);
    const now = monotonicNow();
    if (known && known.readAt + KEPT_MS > now) return known.token;
    const reading = this.read(id);
    if (!known || known.readAt + KEPT_WITHOUT_DATABASE_MS <= now) return reading;
    const unread = reading.catch((error: unknown) => {
      if (databaseUnavailable(error)) return known.token;
      throw error;
    });
    if (this.database.isAway) return known.token;
    return Promise.race([unread, sleep(PATIENCE_MS, known.token, { ref: false })]);
  }

  /** One query a token at a time, however many requests come with it. */
  private read(id: string): Promise<ApiTokenRecord | null> {
    const running = this.reading.get(id);
    if (running) return running;
    const reading = this.tokens.find(id).then((token) => {
      if (this.kept.size >= MAX_KEPT) this.kept.clear();
      // Unknown ids are not kept: a token that was made a moment ago on another process must work at once.
      if (token) this.kept.set(id, { token, readAt: monotonicNow() });
      else this.kept.delete(id);
      return token;
    });
    this.reading.set(id, reading);
    const done = () => this.reading.delete(id);
    reading.then(done, done);
    return reading;
  }

  private forget(id: string): void {
    if (id === '') this.kept.clear();
    else this.kept.delete(id);
  }

  private async flush(): Promise<void> {
    if (this.uses.size === 0) return;
    const uses = this.uses;
    this.uses = new Map();
    await this.tokens.noteUse(uses).catch((error: unknown) => {
      this.logger.warn({ err: error }, 'last use of tokens can not be stored');
    });
  }
}

function bearerOf(authorization: string | undefined): string {
  const match = /^Bearer +(\S+) *$/i.exec(authorization ?? '');
  if (!match) throw refused('Send a token as "Authorization: Bearer …".');
  return match[1] as string;
}

function proves({ secret }: ParsedToken, token: ApiTokenRecord, now: Date): boolean {
  const hash = hashSecret(secret);
  if (sameHash(hash, token.secretHash)) return true;
  const { previousSecretHash, previousExpiresAt } = token;
  return (
    previousSecretHash !== null &&
    previousExpiresAt !== null &&
    previousExpiresAt > now &&
    sameHash(hash, previousSecretHash)
  );
}

function actorOf(token: ApiTokenRecord): Actor {
  return {
    type: token.actorType,
    id: `token:${token.id}`,
    displayName: token.name,
    groups: token.groups,
    bindings: token.bindings,
    authMethod: 'api-token',
    ...(token.ownedBy ? { ownedBy: token.ownedBy } : {}),
    ...(token.expiresAt ? { credentialExpiresAt: token.expiresAt } : {}),
  };
}

function refused(message: string): DomainError {
  return new DomainError('UNAUTHENTICATED', message);
}
