import type { MigrationInterface, QueryRunner } from 'typeorm';

export class Audit1763935260000 implements MigrationInterface {
  readonly name = 'Audit1763935260000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE audit_events (
        id uuid PRIMARY KEY,
        at timestamptz NOT NULL,
        kind text NOT NULL,
        actor_type text NOT NULL,
        actor_id text NOT NULL,
        actor_name text NOT NULL,
        actor_groups text[] NOT NULL DEFAULT '{}',
        on_behalf_of text,
        auth_method text NOT NULL,
        source_ip text,
        user_agent text,
        request_id text NOT NULL,
        trace_id text,
        action text NOT NULL,
        resource_type text NOT NULL,
        cluster text,
        resource_name text,
        resource_uid text,
        namespace text,
        correlation_id text,
        intent_id uuid,
        reason text,
        ticket text,
        policy_ids text[] NOT NULL DEFAULT '{}',
        before jsonb,
        after jsonb,
        outcome text,
        error jsonb,
        CONSTRAINT audit_events_kind CHECK (kind IN ('INTENT', 'OUTCOME', 'DENIED', 'READ'))
      )`);
    await runner.query('CREATE INDEX audit_events_by_actor ON audit_events (actor_id, id DESC)');
    await runner.query('CREATE INDEX audit_events_by_action ON audit_events (action, id DESC)');
    await runner.query('CREATE INDEX audit_events_by_resource ON audit_events (cluster, resource_name, id DESC)');
    await runner.query(
      'CREATE INDEX audit_events_by_correlation ON audit_events (correlation_id, id DESC) WHERE correlation_id IS NOT NULL',
    );
    await runner.query(`CREATE INDEX audit_events_intents ON audit_events (id) WHERE kind = 'INTENT'`);
    // One outcome an intent, also if two workers close it at once.
    await runner.query(
      `CREATE UNIQUE INDEX audit_events_one_outcome ON audit_events (intent_id) WHERE kind = 'OUTCOME'`,
    );
    await runner.query(`
      CREATE FUNCTION audit_events_refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
      BEGIN
        RAISE EXCEPTION 'audit_events is append-only: % is refused', TG_OP USING ERRCODE = 'insufficient_privilege';
      END $$`);
    await runner.query(`
      CREATE TRIGGER audit_events_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON audit_events
        FOR EACH STATEMENT EXECUTE FUNCTION audit_events_refuse_change()`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE audit_events');
    await runner.query('DROP FUNCTION audit_events_refuse_change()');
  }
}
