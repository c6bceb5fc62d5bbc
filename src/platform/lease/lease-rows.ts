import type { PromptQueries } from '../postgres/prompt-queries.js';
import type { TypeormUnitOfWork } from '../postgres/unit-of-work.js';

/** The claims in the rows of one table, which has `id`, `epoch`, `claimed_by`, `heartbeat_at`, `state` and `created_at`. */
export class LeaseRows<S extends string> {
  private readonly active: string;

  constructor(
    private readonly table: 'operations' | 'maintenance_runs',
    activeStates: readonly S[],
    private readonly prompt: PromptQueries,
    private readonly unitOfWork: TypeormUnitOfWork,
  ) {
    this.active = activeStates.map((state) => `'${state}'`).join(', ');
  }

  /**
   * @returns the state as others may have changed it, also the one that ended it under this epoch; null when the epoch is
   * not the current one any more
   */
  async renew(id: string, epoch: number): Promise<S | null> {
    const [row] = await this.prompt.run<{ state: S }>(
      `UPDATE ${this.table} SET heartbeat_at = clock_timestamp()
       WHERE id = $1 AND epoch = $2 AND claimed_by IS NOT NULL AND state IN (${this.active}) RETURNING state`,
      [id, epoch],
    );
    return row?.state ?? this.ended(id, epoch);
  }

  /** Lets another claim it at once. @param quiet whether nothing that was sent can still arrive */
  async release(id: string, epoch: number, quiet: boolean): Promise<void> {
    await this.unitOfWork.manager.query(
      `UPDATE ${this.table} SET claimed_by = NULL, heartbeat_at = CASE WHEN $3 THEN NULL ELSE heartbeat_at END
       WHERE id = $1 AND epoch = $2 AND state IN (${this.active})`,
      [id, epoch, quiet],
    );
  }

  /** Active ones that no living process holds. */
  orphans(staleAfterMs: number): Promise<{ id: string; epoch: number }[]> {
    return this.unitOfWork.manager.query(
      `SELECT id, epoch FROM ${this.table}
       WHERE state IN (${this.active})
         AND coalesce(heartbeat_at, created_at) < clock_timestamp() - $1::float8 * interval '1 millisecond'
       ORDER BY id LIMIT 500`,
      [staleAfterMs],
    );
  }

  /** A statement of its own: one that has waited for the row shows it as it was before. */
  private async ended(id: string, epoch: number): Promise<S | null> {
    const [row] = await this.prompt.run<{ state: S }>(
      `SELECT state FROM ${this.table} WHERE id = $1 AND epoch = $2 AND state NOT IN (${this.active})`,
      [id, epoch],
    );
    return row?.state ?? null;
  }
}
