import { Injectable } from '@nestjs/common';
import { ListCursors, type Page, type PageRequest } from '../../../kernel/page.js';
import { newestFirst } from '../../../platform/postgres/newest-first.js';
import { TypeormUnitOfWork } from '../../../platform/postgres/unit-of-work.js';
import { API_TOKEN_CHANNEL } from '../application/known-api-tokens.service.js';
import { ApiTokenRepository } from '../application/ports/api-token.repository.js';
import type { ApiTokenRecord } from '../domain/api-token-record.js';

interface Row {
  id: string;
  name: string;
  actor_type: 'person' | 'bot';
  secret_hash: Buffer;
  previous_secret_hash: Buffer | null;
  previous_expires_at: Date | null;
  bindings: ApiTokenRecord['bindings'];
  groups: string[];
  cidrs: string[];
  owned_by: string | null;
  seed_role: string | null;
  created_by: string;
  created_at: Date;
  expires_at: Date | null;
  revoked_at: Date | null;
  last_used_at: Date | null;
}

const CURSORS = new ListCursors('api-tokens', ['time', 'text']);

@Injectable()
export class PostgresApiTokenRepository extends ApiTokenRepository {
  constructor(private readonly unitOfWork: TypeormUnitOfWork) {
    super();
  }

  override async find(id: string): Promise<ApiTokenRecord | null> {
    const [row] = await this.query<Row>('SELECT * FROM api_tokens WHERE id = $1', [id]);
    return row ? recordOf(row) : null;
  }

  override async findMany(ids: readonly string[]): Promise<ApiTokenRecord[]> {
    return (await this.query<Row>('SELECT * FROM api_tokens WHERE id = ANY($1)', [ids])).map(recordOf);
  }

  override async findSeed(role: string): Promise<ApiTokenRecord | null> {
    const [row] = await this.query<Row>('SELECT * FROM api_tokens WHERE seed_role = $1', [role]);
    return row ? recordOf(row) : null;
  }

  override async list(page: PageRequest): Promise<Page<ApiTokenRecord>> {
    const { text, parameters } = newestFirst({
      table: 'api_tokens',
      order: ['created_at', 'id'],
      conditions: () => ['e.revoked_at IS NULL'],
      after: CURSORS.after(page),
      limit: page.first + 1,
    });
    const rows = await this.query<Row>(text, parameters);
    return CURSORS.page(rows.map(recordOf), page.first, (token) => [token.createdAt.toISOString(), token.id]);
  }

  override async insert(token: ApiTokenRecord): Promise<void> {
    await this.query(
      `INSERT INTO api_tokens (id, name, actor_type, secret_hash, bindings, groups, cidrs, owned_by, seed_role,
                               created_by, created_at, expires_at)
       VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)`,
      [
        token.id,
        token.name,
        token.actorType,
        token.secretHash,
        JSON.stringify(token.bindings),
        token.groups,
        token.cidrs,
        token.ownedBy,
        token.seedRole,
        token.createdBy,
        token.createdAt,
        token.expiresAt,
      ],
    );
  }

  override async replaceSecret(
    id: string,
    next: { secretHash: Buffer; previousSecretHash: Buffer | null; previousExpiresAt: Date | null },
  ): Promise<void> {
    await this.query(
      'UPDATE api_tokens SET secret_hash = $2, previous_secret_hash = $3, previous_expires_at = $4 WHERE id = $1',
      [id, next.secretHash, next.previousSecretHash, next.previousExpiresAt],
    );
    await this.announce(id);
  }

  override async revoke(id: string, at: Date): Promise<boolean> {
    const revoked = await this.query<Row>(
      `WITH revoked AS (UPDATE api_tokens SET revoked_at = $2 WHERE id = $1 AND revoked_at IS NULL RETURNING id)
       SELECT id FROM revoked`,
      [id, at],
    );
    await this.announce(id);
    return revoked.length > 0;
  }

  override async noteUse(uses: ReadonlyMap<string, Date>): Promise<void> {
    await this.query(
      `UPDATE api_tokens t SET last_used_at = greatest(t.last_used_at, used.at)
         FROM unnest($1::text[], $2::timestamptz[]) AS used (id, at) WHERE t.id = used.id`,
      [[...uses.keys()], [...uses.values()]],
    );
  }

  private announce(id: string): Promise<unknown> {
    return this.query('SELECT pg_notify($1, $2)', [API_TOKEN_CHANNEL, id]);
  }

  private query<T>(statement: string, parameters: unknown[]): Promise<T[]> {
    return this.unitOfWork.manager.query(statement, parameters);
  }
}

function recordOf(row: Row): ApiTokenRecord {
  return {
    id: row.id,
    name: row.name,
    actorType: row.actor_type,
    secretHash: row.secret_hash,
    previousSecretHash: row.previous_secret_hash,
    previousExpiresAt: row.previous_expires_at,
    bindings: row.bindings,
    groups: row.groups,
    cidrs: row.cidrs,
    ownedBy: row.owned_by,
    seedRole: row.seed_role,
    createdBy: row.created_by,
    createdAt: row.created_at,
    expiresAt: row.expires_at,
    revokedAt: row.revoked_at,
    lastUsedAt: row.last_used_at,
  };
}
