import { Injectable } from '@nestjs/common';
import { PromptQueries } from '../../../platform/postgres/prompt-queries.js';
import { TypeormUnitOfWork } from '../../../platform/postgres/unit-of-work.js';
import { type VerbosityRevert, VerbosityReverts } from './verbosity-reverts.port.js';

const SELECT = `SELECT operation_id AS "operationId", cluster, node_name AS "nodeName", node_uid AS "nodeUid",
  revert_to AS "to", due_at AS "dueAt", state, kubelet_started_at AS "kubeletStartedAt", intent_id AS "intentId",
  generation, claimed_until AS "claimedUntil" FROM verbosity_reverts`;

@Injectable()
export class PostgresVerbosityReverts extends VerbosityReverts {
  constructor(
    private readonly unitOfWork: TypeormUnitOfWork,
    private readonly prompt: PromptQueries,
  ) {
    super();
  }

  override async insert(revert: VerbosityRevert): Promise<void> {
    const { operationId, cluster, nodeName, nodeUid, to, dueAt, state, kubeletStartedAt } = revert;
    await this.unitOfWork.manager.query(
      `INSERT INTO verbosity_reverts (operation_id, cluster, node_name, node_uid, revert_to, due_at, state, kubelet_started_at)
       VALUES ($1, $2, $3, $4, $5, $6, $7, $8)`,
      [operationId, cluster, nodeName, nodeUid, to, dueAt, state, kubeletStartedAt],
    );
  }

  override async find(operationId: string): Promise<VerbosityRevert | null> {
    return (await this.read(`${SELECT} WHERE operation_id = $1`, [operationId]))[0] ?? null;
  }

  override async lock(operationId: string): Promise<VerbosityRevert | null> {
    return (await this.read(`${SELECT} WHERE operation_id = $1 FOR UPDATE`, [operationId]))[0] ?? null;
  }

  override async save(revert: VerbosityRevert): Promise<void> {
    const { operationId, dueAt, state, intentId, generation, claimedUntil } = revert;
    await this.unitOfWork.manager.query(
      `UPDATE verbosity_reverts SET due_at = $2, state = $3, intent_id = $4, generation = $5, claimed_until = $6
       WHERE operation_id = $1`,
      [operationId, dueAt, state, intentId, generation, claimedUntil],
    );
  }

  override async renew(operationId: string, generation: number, forMs: number): Promise<'PENDING' | null> {
    const [row] = await this.prompt.run<{ state: 'PENDING' }>(
      `UPDATE verbosity_reverts SET claimed_until = clock_timestamp() + $3::float8 * interval '1 millisecond'
       WHERE operation_id = $1 AND generation = $2 AND state = 'PENDING' AND claimed_until IS NOT NULL RETURNING state`,
      [operationId, generation, forMs],
    );
    return row?.state ?? null;
  }

  override pendingOn(cluster: string, nodeUid: string): Promise<VerbosityRevert[]> {
    const where = `WHERE cluster = $1 AND node_uid = $2 AND state = 'PENDING' ORDER BY operation_id`;
    return this.read(`${SELECT} ${where}`, [cluster, nodeUid]);
  }

  override overdue(): Promise<{ operationId: string; generation: number }[]> {
    return this.unitOfWork.manager.query(
      `SELECT operation_id AS "operationId", generation FROM verbosity_reverts
       WHERE state = 'PENDING' AND due_at < clock_timestamp() - interval '1 second'
         AND coalesce(claimed_until, '-infinity') < clock_timestamp() ORDER BY due_at LIMIT 200`,
    );
  }

  private read(text: string, values: unknown[]): Promise<VerbosityRevert[]> {
    return this.unitOfWork.manager.query(text, values);
  }
}
