import { Injectable } from '@nestjs/common';
import { Clock } from '../../../kernel/clock.js';
import { UnitOfWork } from '../../../platform/postgres/unit-of-work.js';
import { hashSecret, mintToken, newTokenId, parseToken, sameHash } from '../domain/api-token.js';
import type { ApiTokenRecord } from '../domain/api-token-record.js';
import { ApiTokenRepository } from './ports/api-token.repository.js';

export const SEED_ROLES = ['viewer', 'operator', 'approver', 'auditor', 'admin'] as const;
export type SeedRole = (typeof SEED_ROLES)[number];
export type SeedTokens = Record<SeedRole, string>;

/**
 * Embedded mode: one token for each role. Called at every start with the texts that the launcher kept from the last one:
 * those that still prove themselves stay, others are replaced at once, without overlap.
 */
@Injectable()
export class SeedEmbeddedTokens {
  constructor(
    private readonly tokens: ApiTokenRepository,
    private readonly unitOfWork: UnitOfWork,
    private readonly clock: Clock,
  ) {}

  async seed(kept: Partial<SeedTokens> = {}): Promise<SeedTokens> {
    const entries = await this.unitOfWork.run(async () => {
      const made: [SeedRole, string][] = [];
      for (const role of SEED_ROLES) made.push([role, await this.seedOne(role, kept[role])]);
      return made;
    });
    return Object.fromEntries(entries) as SeedTokens;
  }

  private async seedOne(role: SeedRole, kept: string | undefined): Promise<string> {
    const found = await this.tokens.findSeed(role);
    if (found && !found.revokedAt && kept !== undefined && isTextOf(kept, found)) return kept;
    const id = found?.id ?? newTokenId();
    const { text, hash } = mintToken(id);
    if (found) {
      await this.tokens.replaceSecret(id, { secretHash: hash, previousSecretHash: null, previousExpiresAt: null });
    } else await this.tokens.insert(this.seedRecord(role, id, hash));
    return text;
  }

  private seedRecord(role: SeedRole, id: string, secretHash: Buffer): ApiTokenRecord {
    return {
      id,
      name: `embedded ${role}`,
      actorType: 'person',
      secretHash,
      previousSecretHash: null,
      previousExpiresAt: null,
      bindings: [{ role, clusters: ['*'] }],
      // Approval policies name groups: the embedded approver belongs to "approvers", and so on.
      groups: [`${role}s`],
      cidrs: [],
      ownedBy: null,
      seedRole: role,
      createdBy: 'system:embedded',
      createdAt: this.clock.now(),
      expiresAt: null,
      revokedAt: null,
      lastUsedAt: null,
    };
  }
}

function isTextOf(text: string, token: ApiTokenRecord): boolean {
  const parsed = parseToken(text);
  return parsed?.id === token.id && sameHash(hashSecret(parsed.secret), token.secretHash);
}
