import { Injectable, type OnModuleDestroy } from '@nestjs/common';
import type { Actor } from '../../../kernel/actor.js';
import { Clock } from '../../../kernel/clock.js';
import { DomainError } from '../../../kernel/domain-error.js';
import { monotonicNow } from '../../../kernel/monotonic.js';
import { databaseUnavailable } from '../../../platform/postgres/database-unavailable.js';
import type { ApiTokenRecord } from '../domain/api-token-record.js';
import { grantsSame, refusalOf, type TokenProof } from '../domain/token-proof.js';
import { KnownApiTokens } from './known-api-tokens.service.js';

/** Covers lost notifications, rows that were changed by hand, and what time ends. */
const CHECK_MS = 2_000;
/** Nobody goes on for longer on rights that can't be checked, as KnownApiTokens has it for requests. */
const UNCHECKED_MS = 60_000;
const MAX_TIMER_MS = 2 ** 31 - 1;

interface Watch {
  /** Null for a credential that can only expire. */
  readonly proof: TokenProof | null;
  readonly actor: Actor;
  readonly end: (why: DomainError) => void;
  expiry?: NodeJS.Timeout;
}

type ProvedWatch = Watch & { readonly proof: TokenProof };
const isProved = (watch: Watch): watch is ProvedWatch => watch.proof !== null;

/** Ends what outlives its request when its credential is over: one statement each few seconds, for all of them. */
@Injectable()
export class WatchCredentials implements OnModuleDestroy {
  private readonly watches = new Set<Watch>();
  private timer: NodeJS.Timeout | undefined;
  private checkedAt = 0;

  constructor(
    private readonly known: KnownApiTokens,
    private readonly clock: Clock,
  ) {
    known.onChange((id) => void this.check(id));
  }

  /** Answers and sockets that end with their credential. */
  get size(): number {
    return this.watches.size;
  }

  onModuleDestroy(): void {
    clearInterval(this.timer);
    for (const { expiry } of this.watches) clearTimeout(expiry);
  }

  /**
   * Calls `end` once, when the proof does not hold any more or stands for other rights, and when the actor's credential has
   * expired, whether it can be looked up then or not. Returns how to stop.
   */
  watch(proof: TokenProof | null, actor: Actor, end: (why: DomainError) => void): () => void {
    const watch: Watch = { proof, actor, end };
    this.awaitExpiry(watch);
    if (this.watches.size === 0) {
      this.checkedAt = monotonicNow();
      this.timer = setInterval(() => void this.check(''), CHECK_MS).unref();
    }
    this.watches.add(watch);
    return () => this.stop(watch);
  }

  /** By the database's clock, as the look-up has it. */
  private awaitExpiry(watch: Watch): void {
    const expiresAt = watch.actor.credentialExpiresAt?.getTime();
    if (expiresAt === undefined) return;
    const look = () => {
      const left = expiresAt - this.clock.now().getTime();
      if (left <= 0) this.finish(watch, new DomainError('UNAUTHENTICATED', 'The token has expired.'));
      else watch.expiry = setTimeout(look, Math.min(MAX_TIMER_MS, left)).unref();
    };
    // Never before its caller knows how to stop it.
    watch.expiry = setTimeout(look, 0).unref();
  }

  private stop(watch: Watch): void {
    clearTimeout(watch.expiry);
    this.watches.delete(watch);
    if (this.watches.size > 0) return;
    clearInterval(this.timer);
    this.timer = undefined;
  }

  /** Of one token, or of all for ''. */
  private async check(id: string): Promise<void> {
    const watches = [...this.watches].filter(isProved).filter(({ proof }) => id === '' || proof.tokenId === id);
    if (watches.length === 0) return;
    try {
      const tokens = await this.known.refresh([...new Set(watches.map(({ proof }) => proof.tokenId))]);
      if (id === '') this.checkedAt = monotonicNow();
      for (const watch of watches) this.judge(watch, tokens.get(watch.proof.tokenId) ?? null);
    } catch (error) {
      if (monotonicNow() - this.checkedAt < UNCHECKED_MS) return;
      const why =
        databaseUnavailable(error) ?? new DomainError('SERVICE_UNAVAILABLE', 'Credentials can not be checked.');
      for (const watch of watches) this.finish(watch, why);
    }
  }

  private judge(watch: ProvedWatch, token: ApiTokenRecord | null): void {
    const refusal = refusalOf(token, watch.proof, this.clock.now());
    if (refusal !== null) this.finish(watch, new DomainError('UNAUTHENTICATED', refusal));
    else if (token && !grantsSame(token, watch.actor)) {
      this.finish(watch, new DomainError('FORBIDDEN', 'The rights of the token have changed: connect again.'));
    }
  }

  private finish(watch: Watch, why: DomainError): void {
    if (!this.watches.has(watch)) return;
    this.stop(watch);
    watch.end(why);
  }
}
