import type { MigrationInterface, QueryRunner } from 'typeorm';

/** All that needs a worker now, by kind: what scalers and metrics count, also where no worker runs that could say so. */
export class PendingWork1764147600000 implements MigrationInterface {
  readonly name = 'PendingWork1764147600000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE VIEW pending_work (kind, count) AS
      SELECT 'operations', count(*) FROM operations WHERE state IN ('QUEUED', 'RUNNING', 'CANCELLING')
      UNION ALL
      SELECT 'maintenance-runs', count(*) FROM maintenance_runs WHERE state IN ('RUNNING', 'CANCELLING')
      UNION ALL
      SELECT 'approved', count(*) FROM approval_requests
        WHERE status = 'EXECUTING'
          OR (status = 'APPROVED' AND kind <> 'KUBELET_CONFIG_CHANGE')
          OR (status = 'SCHEDULED' AND (approval ->> 'scheduledFor')::timestamptz <= now())
      UNION ALL
      SELECT 'expiries', count(*) FROM approval_requests
        WHERE (status IN ('PENDING', 'STALE') AND (approval ->> 'approvalExpiresAt')::timestamptz <= now())
          OR (status IN ('APPROVED', 'SCHEDULED') AND (approval ->> 'executionExpiresAt')::timestamptz <= now())
      UNION ALL
      SELECT 'reminders', count(*) FROM approval_requests
        WHERE status = 'PENDING' AND reminded_at IS NULL
          AND (approval ->> 'approvalExpiresAt')::timestamptz
            - (approval -> 'policy' ->> 'approvalTtlSeconds')::int * interval '0.5 s' <= now()
      UNION ALL
      SELECT 'reverts', count(*) FROM verbosity_reverts WHERE state = 'PENDING' AND due_at <= now()
      UNION ALL
      SELECT 'outbox', count(*) FROM outbox`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP VIEW pending_work');
  }
}
