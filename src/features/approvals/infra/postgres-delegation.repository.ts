import { Injectable } from '@nestjs/common';
import { isId } from '../../../kernel/ids.js';
import { TypeormUnitOfWork } from '../../../platform/postgres/unit-of-work.js';
import { type Delegation, DelegationRepository } from '../application/ports/delegation-repository.port.js';

const COLUMNS = `id, person, delegate, until, reason, created_by AS "createdBy", created_at AS "createdAt",
  accepted_at AS "acceptedAt", ended_at AS "endedAt"`;
const LIMIT = 1000;

@Injectable()
export class PostgresDelegationRepository extends DelegationRepository {
  constructor(private readonly unitOfWork: TypeormUnitOfWork) {
    super();
  }

  override async insert({ id, person, delegate, until, reason, createdBy, createdAt }: Delegation): Promise<void> {
    await this.unitOfWork.manager.query(
      `INSERT INTO delegations (id, person, delegate, until, reason, created_by, created_at)
       VALUES ($1, $2, $3, $4, $5, $6, $7)`,
      [id, person, delegate, until, reason, createdBy, createdAt],
    );
  }

  override async find(id: string): Promise<Delegation | null> {
    if (!isId(id)) return null;
    const [row] = await this.unitOfWork.manager.query(`SELECT ${COLUMNS} FROM delegations WHERE id = $1`, [id]);
    return row ?? null;
  }

  override async accept(id: string, now: Date): Promise<void> {
    await this.unitOfWork.manager.query(
      'UPDATE delegations SET accepted_at = $2 WHERE id = $1 AND accepted_at IS NULL',
      [id, now],
    );
  }

  override async end(id: string, now: Date): Promise<void> {
    await this.unitOfWork.manager.query('UPDATE delegations SET ended_at = $2 WHERE id = $1 AND ended_at IS NULL', [
      id,
      now,
    ]);
  }

  override active(now: Date, subjects?: readonly string[]): Promise<Delegation[]> {
    return this.unitOfWork.manager.query(
      `SELECT ${COLUMNS} FROM delegations
       WHERE ended_at IS NULL AND until > $1 AND ($2::text[] IS NULL OR person = ANY($2) OR delegate = ANY($2))
       ORDER BY id DESC LIMIT ${LIMIT}`,
      [now, subjects ?? null],
    );
  }

  override async delegateOf(subjects: readonly string[], now: Date): Promise<string[]> {
    const rows: { person: string }[] = await this.unitOfWork.manager.query(
      `SELECT DISTINCT person FROM delegations
       WHERE delegate = ANY($1) AND accepted_at IS NOT NULL AND ended_at IS NULL AND until > $2`,
      [subjects, now],
    );
    return rows.map(({ person }) => person);
  }
}
