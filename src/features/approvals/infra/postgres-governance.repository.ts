import { Injectable } from '@nestjs/common';
import { DomainError } from '../../../kernel/domain-error.js';
import { TypeormUnitOfWork } from '../../../platform/postgres/unit-of-work.js';
import {
  type FreezeWindowSet,
  type Governance,
  GovernanceRepository,
  type StoredPolicy,
} from '../application/ports/governance-repository.port.js';

/** Of this database: held by who replaces what is in force, and shared by those who decide by it. */
const LOCK = 'node-steward approval governance';

@Injectable()
export class PostgresGovernanceRepository extends GovernanceRepository {
  constructor(private readonly unitOfWork: TypeormUnitOfWork) {
    super();
  }

  override async policy(version?: number): Promise<StoredPolicy | null> {
    const [row] = await this.unitOfWork.manager.query(
      `SELECT policy, created_by AS "createdBy", created_at AS "createdAt" FROM approval_policies
       WHERE id = 'default' AND ($1::integer IS NULL OR version = $1) ORDER BY version DESC LIMIT 1`,
      [version ?? null],
    );
    return row ?? null;
  }

  override async inForce(): Promise<Governance> {
    await this.unitOfWork.manager.query(`SELECT pg_advisory_xact_lock_shared(hashtext('${LOCK}'))`);
    // Statements of their own: those that waited for the lock would see what was in force before.
    const policy = await this.policy();
    const { windows } = await this.freezeWindows();
    return { policy: policy?.policy ?? null, freezeWindows: windows };
  }

  override async addPolicy({ policy, createdBy, createdAt }: StoredPolicy): Promise<void> {
    await this.lock();
    const rows = await this.unitOfWork.manager.query(
      `INSERT INTO approval_policies (id, version, policy, created_by, created_at) VALUES ($1, $2, $3, $4, $5)
       ON CONFLICT DO NOTHING RETURNING version`,
      [policy.id, policy.version, JSON.stringify(policy), createdBy, createdAt],
    );
    if (rows.length === 0) throw tooLate('approval policy');
  }

  override async freezeWindows(): Promise<FreezeWindowSet> {
    const [row] = await this.unitOfWork.manager.query(
      `SELECT version, windows, created_by AS "createdBy", created_at AS "createdAt" FROM freeze_window_sets
       ORDER BY version DESC LIMIT 1`,
    );
    return row;
  }

  override async addFreezeWindows({ version, windows, createdBy, createdAt }: FreezeWindowSet): Promise<void> {
    await this.lock();
    const rows = await this.unitOfWork.manager.query(
      `INSERT INTO freeze_window_sets (version, windows, created_by, created_at) VALUES ($1, $2, $3, $4)
       ON CONFLICT DO NOTHING RETURNING version`,
      [version, JSON.stringify(windows), createdBy, createdAt],
    );
    if (rows.length === 0) throw tooLate('list of freeze windows');
  }

  private lock(): Promise<unknown> {
    return this.unitOfWork.manager.query(`SELECT pg_advisory_xact_lock(hashtext('${LOCK}'))`);
  }
}

const tooLate = (what: string) =>
  new DomainError('PRECONDITION_FAILED', `The ${what} was changed by someone else: read it again.`);
