import type { Actor } from '../../../kernel/actor.js';
import { sameHash } from './api-token.js';
import type { ApiTokenRecord } from './api-token-record.js';
import { isAddressIn } from './cidr-list.js';

/** What a caller showed for a token. */
export interface TokenProof {
  readonly tokenId: string;
  readonly secretHash: Buffer;
  readonly sourceIp: string | undefined;
}

/** Why a proof is not accepted at `now`; null if it is. The token's own state is told only to who knows its secret. */
export function refusalOf(token: ApiTokenRecord | null, proof: TokenProof, now: Date): string | null {
  if (!token || !knowsSecret(token, proof)) return 'The token is unknown or was replaced.';
  if (token.revokedAt) return 'The token was revoked.';
  if (token.expiresAt && token.expiresAt <= now) return 'The token has expired.';
  if (!isCurrent(token, proof) && !(token.previousExpiresAt && token.previousExpiresAt > now)) {
    return 'The token was replaced.';
  }
  if (token.cidrs.length > 0 && !isAddressIn(proof.sourceIp ?? '', token.cidrs)) {
    return 'The token may not be used from this address.';
  }
  return null;
}

export function actorOf(token: ApiTokenRecord, proof: TokenProof): Actor {
  const ends = [token.expiresAt, isCurrent(token, proof) ? null : token.previousExpiresAt]
    .filter((end) => end !== null)
    .sort((a, b) => a.getTime() - b.getTime());
  return {
    type: token.actorType,
    id: `token:${token.id}`,
    displayName: token.name,
    groups: token.groups,
    bindings: token.bindings,
    authMethod: 'api-token',
    ...(token.ownedBy ? { ownedBy: token.ownedBy } : {}),
    ...(ends[0] ? { credentialExpiresAt: ends[0] } : {}),
  };
}

/** Whether a token still stands for what an actor was told it may do. */
export function grantsSame(token: ApiTokenRecord, { type, groups, bindings, ownedBy }: Actor): boolean {
  const grants = [token.actorType, token.groups, token.bindings, token.ownedBy];
  return JSON.stringify(grants) === JSON.stringify([type, groups, bindings, ownedBy ?? null]);
}

const isCurrent = (token: ApiTokenRecord, { secretHash }: TokenProof): boolean =>
  sameHash(secretHash, token.secretHash);

function knowsSecret(token: ApiTokenRecord, proof: TokenProof): boolean {
  const { previousSecretHash } = token;
  return isCurrent(token, proof) || (previousSecretHash !== null && sameHash(proof.secretHash, previousSecretHash));
}
