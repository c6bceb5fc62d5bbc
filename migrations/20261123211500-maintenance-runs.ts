import type { MigrationInterface, QueryRunner } from 'typeorm';

export class MaintenanceRuns1763932500000 implements MigrationInterface {
  readonly name = 'MaintenanceRuns1763932500000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE maintenance_runs (
        id uuid PRIMARY KEY,
        cluster text NOT NULL,
        reason text NOT NULL,
        ticket text,
        actor_id text NOT NULL,
        caller jsonb NOT NULL,
        policy_ids jsonb NOT NULL,
        state text NOT NULL,
        run jsonb NOT NULL,
        waiting jsonb NOT NULL DEFAULT '[]',
        intent_id uuid,
        epoch integer NOT NULL DEFAULT 0,
        claimed_by text,
        heartbeat_at timestamptz,
        last_seq integer NOT NULL DEFAULT 0,
        created_at timestamptz NOT NULL
      )`);
    await runner.query(`
      CREATE INDEX maintenance_runs_active ON maintenance_runs (heartbeat_at)
        WHERE state IN ('RUNNING', 'PAUSED', 'CANCELLING')`);
    // Apart from the run: a turn writes only the nodes that it changed, of thousands.
    await runner.query(`
      CREATE TABLE maintenance_run_nodes (
        run_id uuid NOT NULL REFERENCES maintenance_runs (id) ON DELETE CASCADE,
        node_uid text NOT NULL,
        position integer NOT NULL,
        node jsonb NOT NULL,
        PRIMARY KEY (run_id, node_uid)
      )`);
    await runner.query(`
      CREATE TABLE maintenance_run_events (
        run_id uuid NOT NULL REFERENCES maintenance_runs (id) ON DELETE CASCADE,
        seq integer NOT NULL,
        type text NOT NULL,
        message text NOT NULL,
        data jsonb NOT NULL,
        at timestamptz NOT NULL,
        PRIMARY KEY (run_id, seq)
      )`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE maintenance_run_events');
    await runner.query('DROP TABLE maintenance_run_nodes');
    await runner.query('DROP TABLE maintenance_runs');
  }
}
