import { type BeforeApplicationShutdown, Injectable, type OnModuleInit } from '@nestjs/common';
import type { Actor, RequestContext } from '../../../kernel/actor.js';
import { AuditTrail } from '../../../kernel/audit-trail.js';
import { Clock } from '../../../kernel/clock.js';
import { DomainError } from '../../../kernel/domain-error.js';
import { Authenticator } from '../../../platform/api/authenticator.js';
import { Logger } from '../../../platform/telemetry/logger.js';
import { hashSecret, parseToken } from '../domain/api-token.js';
import type { ApiTokenRecord } from '../domain/api-token-record.js';
import { isSignedBy, parseStreamTicket, streamTicket } from '../domain/stream-ticket.js';
import { actorOf, refusalOf, type TokenProof } from '../domain/token-proof.js';
import { KnownApiTokens } from './known-api-tokens.service.js';
import { ApiTokenRepository } from './ports/api-token.repository.js';
import { WatchCredentials } from './watch-credentials.service.js';

const FLUSH_MS = 15_000;
const BEARER = /^Bearer +(\S+) *$/i;

/** Turns `Authorization: Bearer ns_…` into its actor. */
@Injectable()
export class AuthenticateApiToken extends Authenticator implements OnModuleInit, BeforeApplicationShutdown {
  private uses = new Map<string, Date>();
  private flusher: NodeJS.Timeout | undefined;
  private readonly proofs = new WeakMap<Actor, TokenProof>();

  constructor(
    private readonly known: KnownApiTokens,
    private readonly tokens: ApiTokenRepository,
    private readonly watches: WatchCredentials,
    private readonly audit: AuditTrail,
    private readonly clock: Clock,
    private readonly logger: Logger,
  ) {
    super();
  }

  onModuleInit(): void {
    this.flusher = setInterval(() => this.flush(), FLUSH_MS).unref();
  }

  async beforeApplicationShutdown(): Promise<void> {
    clearInterval(this.flusher);
    await this.flush();
  }

  override async authenticate(authorization: string | undefined, request: RequestContext): Promise<Actor> {
    const match = BEARER.exec(authorization ?? '');
    if (!match) throw refused('Send a token as "Authorization: Bearer …".');
    const proof = proofOf(match[1] as string, request.sourceIp);
    if (!proof) throw refused('The token is not one of this service.');
    return this.admitted(proof, request);
  }

  override async authenticateTicket(text: string, path: string, request: RequestContext): Promise<Actor> {
    const ticket = parseStreamTicket(text);
    const token = ticket && (await this.known.find(ticket.tokenId));
    const hashes = token ? [token.secretHash, token.previousSecretHash] : [];
    const secretHash = hashes.find((hash) => ticket && hash && isSignedBy(hash, ticket, path));
    // Whatever is wrong with it, it says no more of the token than this.
    if (!ticket || !secretHash || ticket.expiresAt <= this.clock.now()) {
      throw refused('The ticket is not of this path, or has expired.');
    }
    const { tokenId, expiresAt } = ticket;
    const actor = await this.admitted({ tokenId, secretHash, sourceIp: request.sourceIp }, request);
    const ends = Math.min(expiresAt.getTime(), actor.credentialExpiresAt?.getTime() ?? Number.POSITIVE_INFINITY);
    // What it opens ends with it.
    return Object.assign(actor, { credentialExpiresAt: new Date(ends) });
  }

  override ticketFor(actor: Actor, path: string, expiresAt: Date): string | undefined {
    const proof = this.proofs.get(actor);
    return proof && streamTicket(proof.tokenId, proof.secretHash, path, expiresAt);
  }

  private async admitted(proof: TokenProof, request: RequestContext): Promise<Actor> {
    const token = await this.known.find(proof.tokenId);
    const now = this.clock.now();
    const refusal = refusalOf(token, proof, now);
    if (token && refusal !== null) await this.recordRefusal(token, proof, request, refusal);
    if (!token || refusal !== null) throw refused(refusal ?? '');
    this.uses.set(token.id, now);
    const actor = actorOf(token, proof);
    this.proofs.set(actor, proof);
    return actor;
  }

  override recognizes(authorization: string, request: RequestContext): boolean {
    const proof = proofOf(BEARER.exec(authorization)?.[1] ?? '', request.sourceIp);
    const token = proof && this.known.last(proof.tokenId);
    return !!proof && !!token && refusalOf(token, proof, this.clock.now()) === null;
  }

  override whenLost(actor: Actor, end: (why: DomainError) => void): () => void {
    return this.watches.watch(this.proofs.get(actor) ?? null, actor, end);
  }

  /** Who sent a wrong secret is not known: the row says which token it was sent for. */
  private async recordRefusal(
    token: ApiTokenRecord,
    proof: TokenProof,
    request: RequestContext,
    reason: string,
  ): Promise<void> {
    const actor = { ...actorOf(token, proof), groups: [], bindings: [] };
    await this.audit.record([
      {
        kind: 'DENIED',
        caller: { actor, request },
        action: 'api-token.use',
        resource: { type: 'ApiToken', uid: token.id, name: token.name },
        outcome: 'DENIED',
        reason,
        error: { code: 'UNAUTHENTICATED', message: reason },
      },
    ]);
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

function proofOf(text: string, sourceIp: string | undefined): TokenProof | undefined {
  const parsed = parseToken(text);
  return parsed && { tokenId: parsed.id, secretHash: hashSecret(parsed.secret), sourceIp };
}

function refused(message: string): DomainError {
  return new DomainError('UNAUTHENTICATED', message);
}
