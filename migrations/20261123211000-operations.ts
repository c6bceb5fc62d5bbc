import type { MigrationInterface, QueryRunner } from 'typeorm';

export class Operations1763932200000 implements MigrationInterface {
  readonly name = 'Operations1763932200000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE operations (
        id uuid PRIMARY KEY,
        type text NOT NULL,
        cluster text NOT NULL,
        node_name text NOT NULL,
        node_uid text NOT NULL,
        node_labels jsonb NOT NULL,
        state text NOT NULL,
        epoch integer NOT NULL DEFAULT 0,
        options jsonb NOT NULL DEFAULT '{}',
        reason text NOT NULL,
        ticket text,
        actor_id text NOT NULL,
        caller jsonb NOT NULL,
        policy_ids jsonb NOT NULL DEFAULT '[]',
        steps jsonb NOT NULL DEFAULT '[]',
        progress_total integer NOT NULL DEFAULT 0,
        progress_done integer NOT NULL DEFAULT 0,
        eta_seconds integer,
        diagnosis jsonb NOT NULL DEFAULT '[]',
        warnings jsonb NOT NULL DEFAULT '[]',
        result jsonb NOT NULL DEFAULT '{}',
        failure jsonb,
        ending jsonb,
        restore_on_failure boolean NOT NULL DEFAULT false,
        cordoned_by_us boolean NOT NULL DEFAULT false,
        prior_unschedulable boolean,
        plan_hash text,
        intent_id uuid,
        maintenance_run_id uuid,
        run_key text,
        deadline_at timestamptz,
        cancel jsonb,
        claimed_by text,
        heartbeat_at timestamptz,
        last_seq integer NOT NULL DEFAULT 0,
        created_at timestamptz NOT NULL,
        started_at timestamptz,
        finished_at timestamptz
      )`);
    // The lock of a node: whoever inserts second gets a unique violation and is told who holds it.
    await runner.query(`
      CREATE UNIQUE INDEX operations_one_active_per_node ON operations (cluster, node_uid)
        WHERE state IN ('QUEUED', 'RUNNING', 'CANCELLING')`);
    await runner.query(`
      CREATE INDEX operations_active ON operations (heartbeat_at)
        WHERE state IN ('QUEUED', 'RUNNING', 'CANCELLING')`);
    await runner.query('CREATE INDEX operations_by_node ON operations (cluster, node_name, id DESC)');
    await runner.query(
      'CREATE INDEX operations_by_run ON operations (maintenance_run_id) WHERE maintenance_run_id IS NOT NULL',
    );
    // A step of a maintenance run is done once, also when a crash lost the answer of its start.
    await runner.query('CREATE UNIQUE INDEX operations_run_key ON operations (run_key) WHERE run_key IS NOT NULL');
    await runner.query(`
      CREATE TABLE operation_pods (
        operation_id uuid NOT NULL REFERENCES operations (id) ON DELETE CASCADE,
        pod_uid text NOT NULL,
        namespace text NOT NULL,
        name text NOT NULL,
        position integer NOT NULL,
        tier integer NOT NULL,
        action text NOT NULL,
        notes jsonb NOT NULL,
        controller text,
        volumes jsonb NOT NULL,
        state text NOT NULL,
        status jsonb NOT NULL,
        intent_id uuid,
        PRIMARY KEY (operation_id, pod_uid)
      )`);
    await runner.query(`
      CREATE TABLE operation_events (
        operation_id uuid NOT NULL REFERENCES operations (id) ON DELETE CASCADE,
        seq integer NOT NULL,
        type text NOT NULL,
        message text NOT NULL,
        data jsonb NOT NULL,
        at timestamptz NOT NULL,
        PRIMARY KEY (operation_id, seq)
      )`);
    // What a plan hash stands for, so that a refusal can name the difference.
    await runner.query(`
      CREATE TABLE drain_plans (
        hash text PRIMARY KEY,
        substance jsonb NOT NULL,
        made_at timestamptz NOT NULL
      )`);
    await runner.query('CREATE INDEX drain_plans_by_age ON drain_plans (made_at)');
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE drain_plans');
    await runner.query('DROP TABLE operation_events');
    await runner.query('DROP TABLE operation_pods');
    await runner.query('DROP TABLE operations');
  }
}
