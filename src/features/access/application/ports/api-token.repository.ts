import type { Page, PageRequest } from '../../../../kernel/page.js';
import type { ApiTokenRecord } from '../../domain/api-token-record.js';

/** Stored API tokens. Writes join the running UnitOfWork and tell every process to forget what it kept of the token. */
export abstract class ApiTokenRepository {
  abstract find(id: string): Promise<ApiTokenRecord | null>;
  abstract findMany(ids: readonly string[]): Promise<ApiTokenRecord[]>;
  abstract findSeed(role: string): Promise<ApiTokenRecord | null>;
  /** Newest first, without revoked ones. */
  abstract list(page: PageRequest): Promise<Page<ApiTokenRecord>>;
  abstract insert(token: ApiTokenRecord): Promise<void>;
  abstract replaceSecret(
    id: string,
    next: { secretHash: Buffer; previousSecretHash: Buffer | null; previousExpiresAt: Date | null },
  ): Promise<void>;
  /** @returns false if there is no such token that is not revoked yet. */
  abstract revoke(id: string, at: Date): Promise<boolean>;
  abstract noteUse(uses: ReadonlyMap<string, Date>): Promise<void>;
}
