import { Injectable } from '@nestjs/common';
import type { Caller } from '../../../kernel/actor.js';
import { contentHash } from '../../../kernel/content-hash.js';
import { DomainError } from '../../../kernel/domain-error.js';
import { markReplayed } from '../../../platform/api/replayed-answer.js';
import { TypeormUnitOfWork } from '../../../platform/postgres/unit-of-work.js';
import { Idempotency } from '../application/idempotency.js';

const KEPT = '24 hours';
/** Expired keys are removed a few at a time, by whoever stores a new one. */
const SWEPT = 20;

interface Row {
  fingerprint: Buffer;
  answer: { value: never };
}

@Injectable()
export class PostgresIdempotency extends Idempotency {
  constructor(private readonly unitOfWork: TypeormUnitOfWork) {
    super();
  }

  override run<T>(caller: Caller, key: string | undefined, request: unknown, work: () => Promise<T>): Promise<T> {
    if (key === undefined) return this.unitOfWork.run(work);
    const fingerprint = fingerprintOf(request);
    return this.unitOfWork.run(async () => {
      const principal = caller.actor.id;
      await this.lock(principal, key);
      const first = await this.find(principal, key);
      if (!first) {
        const value = await work();
        await this.keep(principal, key, fingerprint, { value });
        return value;
      }
      if (!first.fingerprint.equals(fingerprint)) {
        throw new DomainError(
          'IDEMPOTENCY_KEY_REUSED',
          'This idempotency key was used for another request in the last 24 h.',
        );
      }
      markReplayed(caller);
      return first.answer.value;
    });
  }

  override async answered<T>(caller: Caller, key: string | undefined, request: unknown): Promise<T | undefined> {
    if (key === undefined) return undefined;
    const first = await this.find(caller.actor.id, key);
    if (!first?.fingerprint.equals(fingerprintOf(request))) return undefined;
    markReplayed(caller);
    return first.answer.value;
  }

  /** Held until the transaction ends, and gone with its connection: a crash leaves no key "running". */
  private async lock(principal: string, key: string): Promise<void> {
    const [row] = await this.unitOfWork.manager.query(
      'SELECT pg_try_advisory_xact_lock(hashtextextended($1, 7164402)) AS locked',
      [`${principal}\n${key}`],
    );
    if (row.locked) return;
    throw new DomainError(
      'IDEMPOTENCY_KEY_IN_PROGRESS',
      'The first request with this idempotency key is still running.',
      {
        retryAfterSeconds: 1,
      },
    );
  }

  private async find(principal: string, key: string): Promise<Row | undefined> {
    const [row] = await this.unitOfWork.manager.query(
      'SELECT fingerprint, answer FROM idempotency_keys WHERE principal = $1 AND key = $2 AND expires_at > now()',
      [principal, key],
    );
    return row;
  }

  private async keep(principal: string, key: string, fingerprint: Buffer, answer: object): Promise<void> {
    const { manager } = this.unitOfWork;
    await manager.query(
      `DELETE FROM idempotency_keys WHERE ctid = ANY (ARRAY (
         SELECT ctid FROM idempotency_keys WHERE expires_at <= now() LIMIT ${SWEPT} FOR UPDATE SKIP LOCKED))`,
    );
    await manager.query(
      `INSERT INTO idempotency_keys (principal, key, fingerprint, answer, expires_at)
       VALUES ($1, $2, $3, $4, now() + interval '${KEPT}')
       ON CONFLICT (principal, key) DO UPDATE
         SET fingerprint = EXCLUDED.fingerprint, answer = EXCLUDED.answer, expires_at = EXCLUDED.expires_at`,
      [principal, key, fingerprint, JSON.stringify(answer)],
    );
  }
}

/** Canonical, so that the order of members makes no other request; through JSON first, for dates and absent members. */
function fingerprintOf(request: unknown): Buffer {
  const plain: unknown = JSON.parse(JSON.stringify(request ?? null));
  return Buffer.from(contentHash(plain), 'hex');
}
