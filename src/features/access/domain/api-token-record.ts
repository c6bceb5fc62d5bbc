import type { RoleBinding } from '../../../kernel/actor.js';

/** What is kept of an API token: never its text. */
export interface ApiTokenRecord {
  id: string;
  name: string;
  actorType: 'person' | 'bot';
  secretHash: Buffer;
  /** The secret before the last rotation, accepted until `previousExpiresAt`. */
  previousSecretHash: Buffer | null;
  previousExpiresAt: Date | null;
  bindings: RoleBinding[];
  groups: string[];
  /** Addresses it may be used from; empty means any. */
  cidrs: string[];
  /** The person behind a bot. */
  ownedBy: string | null;
  /** Set on the tokens that embedded mode makes, one for each role. */
  seedRole: string | null;
  createdBy: string;
  createdAt: Date;
  expiresAt: Date | null;
  revokedAt: Date | null;
  lastUsedAt: Date | null;
}
