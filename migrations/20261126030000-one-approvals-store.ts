import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Kubelet config changes become approval requests like all others, under the ids they have; their own table keeps what only they have. */
export class OneApprovalsStore1764126000000 implements MigrationInterface {
  readonly name = 'OneApprovalsStore1764126000000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query('ALTER TABLE approval_requests ADD COLUMN targets_checked_at timestamptz');
    // What reviews bind to: a hash of the live configuration is left out of a draft, as it is by the service.
    await runner.query(`
      INSERT INTO approval_requests (id, version, status, kind, cluster, subject_id, spec, targets, reason, ticket, author,
        approval, held, reminded_at, targets_checked_at, break_glass_person, break_glass_review_due_at, last_seq,
        created_at, updated_at)
      SELECT id, version, status, 'KUBELET_CONFIG_CHANGE', cluster, id, spec,
        (SELECT coalesce(jsonb_agg(jsonb_strip_nulls(jsonb_build_object('cluster', change.cluster, 'node', target -> 'node',
             'uid', target -> 'uid', 'baseHash', target -> 'baseHash')) ORDER BY position), '[]')
           FROM jsonb_array_elements(change.targets) WITH ORDINALITY AS aimed (target, position)),
        reason, ticket, author, approval, NULL, reminded_at, drift_checked_at, break_glass_person,
        break_glass_review_due_at, last_seq, created_at, updated_at
      FROM kubelet_config_changes AS change`);
    await runner.query(`
      INSERT INTO approval_request_reviews (request_id, position, person, voided_at, review)
      SELECT change_id, position, person, voided_at, review FROM kubelet_config_change_reviews`);
    await runner.query(`
      INSERT INTO approval_request_events (request_id, seq, type, data, at)
      SELECT change_id, seq, type, data, at FROM kubelet_config_change_events`);
    await runner.query('DROP TABLE kubelet_config_change_reviews');
    await runner.query('DROP TABLE kubelet_config_change_events');
    await runner.query('DROP FUNCTION kubelet_config_change_events_refuse');
    await runner.query(
      `ALTER TABLE kubelet_config_changes ${MOVED.map((column) => `DROP COLUMN ${column}`).join(', ')}`,
    );
    await runner.query(`
      ALTER TABLE kubelet_config_changes
        ADD CONSTRAINT kubelet_config_changes_request FOREIGN KEY (id) REFERENCES approval_requests (id)`);
    await runner.query('CREATE INDEX approval_requests_by_kind ON approval_requests (kind, status, id DESC)');
    await runner.query(`
      CREATE INDEX approval_requests_review_debt ON approval_requests (break_glass_person)
        WHERE break_glass_review_due_at IS NOT NULL`);
    await runner.query(`
      UPDATE outbox SET job = 'approval-request', job_id = replace(job_id, 'kubelet-config-change', 'approval-request'),
        payload = jsonb_build_object('requestId', payload -> 'changeId') WHERE job = 'kubelet-config-change'`);
    await runner.query(`
      UPDATE outbox SET job = 'approval-requests', job_id = replace(job_id, 'kubelet-config-changes', 'approval-requests')
      WHERE job = 'kubelet-config-changes'`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP INDEX approval_requests_review_debt');
    await runner.query('DROP INDEX approval_requests_by_kind');
    await runner.query('ALTER TABLE kubelet_config_changes DROP CONSTRAINT kubelet_config_changes_request');
    await this.bringColumnsBack(runner);
    await this.bringTablesBack(runner);
    await runner.query(`
      UPDATE outbox SET job = 'kubelet-config-change', payload = jsonb_build_object('changeId', payload -> 'requestId')
      WHERE job = 'approval-request' AND payload ->> 'requestId' IN (SELECT id::text FROM kubelet_config_changes)`);
    // The history of a request is append-only for everybody but the one who moves it.
    await runner.query('ALTER TABLE approval_request_events DISABLE TRIGGER approval_request_events_append_only');
    await runner.query(
      'DELETE FROM approval_request_events WHERE request_id IN (SELECT id FROM kubelet_config_changes)',
    );
    await runner.query('ALTER TABLE approval_request_events ENABLE TRIGGER approval_request_events_append_only');
    await runner.query(
      'DELETE FROM approval_request_reviews WHERE request_id IN (SELECT id FROM kubelet_config_changes)',
    );
    await runner.query(`DELETE FROM approval_requests WHERE kind = 'KUBELET_CONFIG_CHANGE'`);
    await runner.query('ALTER TABLE approval_requests DROP COLUMN targets_checked_at');
  }

  private async bringColumnsBack(runner: QueryRunner): Promise<void> {
    await runner.query(`
      ALTER TABLE kubelet_config_changes
        ADD COLUMN version integer NOT NULL DEFAULT 1,
        ADD COLUMN status text,
        ADD COLUMN cluster text,
        ADD COLUMN spec jsonb,
        ADD COLUMN reason text,
        ADD COLUMN ticket text,
        ADD COLUMN author text,
        ADD COLUMN approval jsonb,
        ADD COLUMN reminded_at timestamptz,
        ADD COLUMN drift_checked_at timestamptz,
        ADD COLUMN break_glass_person text,
        ADD COLUMN break_glass_review_due_at timestamptz,
        ADD COLUMN last_seq integer NOT NULL DEFAULT 0,
        ADD COLUMN created_at timestamptz,
        ADD COLUMN updated_at timestamptz`);
    await runner.query(`
      UPDATE kubelet_config_changes AS change
      SET version = r.version, status = r.status, cluster = r.cluster, spec = r.spec, reason = r.reason, ticket = r.ticket,
        author = r.author, approval = r.approval, reminded_at = r.reminded_at, drift_checked_at = r.targets_checked_at,
        break_glass_person = r.break_glass_person, break_glass_review_due_at = r.break_glass_review_due_at,
        last_seq = r.last_seq, created_at = r.created_at, updated_at = r.updated_at
      FROM approval_requests AS r WHERE r.id = change.id`);
    const required = ['status', 'cluster', 'spec', 'reason', 'author', 'approval', 'created_at', 'updated_at'];
    const alterations = required.map((column) => `ALTER COLUMN ${column} SET NOT NULL`);
    await runner.query(`ALTER TABLE kubelet_config_changes ${alterations.join(', ')}`);
    await runner.query('CREATE INDEX kubelet_config_changes_by_status ON kubelet_config_changes (status, id DESC)');
    await runner.query(`
      CREATE INDEX kubelet_config_changes_review_debt ON kubelet_config_changes (break_glass_person)
        WHERE break_glass_review_due_at IS NOT NULL`);
  }

  private async bringTablesBack(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE kubelet_config_change_reviews (
        change_id uuid NOT NULL REFERENCES kubelet_config_changes (id),
        position integer NOT NULL,
        person text NOT NULL,
        voided_at timestamptz,
        review jsonb NOT NULL,
        PRIMARY KEY (change_id, position)
      )`);
    await runner.query(`
      CREATE UNIQUE INDEX kubelet_config_change_reviews_one_standing
        ON kubelet_config_change_reviews (change_id, person) WHERE voided_at IS NULL`);
    await runner.query(`
      CREATE TABLE kubelet_config_change_events (
        change_id uuid NOT NULL REFERENCES kubelet_config_changes (id),
        seq integer NOT NULL,
        type text NOT NULL,
        data jsonb NOT NULL,
        at timestamptz NOT NULL,
        PRIMARY KEY (change_id, seq)
      )`);
    await runner.query(`
      INSERT INTO kubelet_config_change_reviews (change_id, position, person, voided_at, review)
      SELECT request_id, position, person, voided_at, review FROM approval_request_reviews
      WHERE request_id IN (SELECT id FROM kubelet_config_changes)`);
    await runner.query(`
      INSERT INTO kubelet_config_change_events (change_id, seq, type, data, at)
      SELECT request_id, seq, type, data, at FROM approval_request_events
      WHERE request_id IN (SELECT id FROM kubelet_config_changes)`);
    await runner.query(`
      CREATE FUNCTION kubelet_config_change_events_refuse() RETURNS trigger LANGUAGE plpgsql AS $$
      BEGIN
        RAISE EXCEPTION 'the history of changes is append-only';
      END $$`);
    await runner.query(`
      CREATE TRIGGER kubelet_config_change_events_append_only
        BEFORE UPDATE OR DELETE OR TRUNCATE ON kubelet_config_change_events
        FOR EACH STATEMENT EXECUTE FUNCTION kubelet_config_change_events_refuse()`);
  }
}

/** Dropping a column drops the indexes on it. */
const MOVED = [
  'version',
  'status',
  'cluster',
  'spec',
  'reason',
  'ticket',
  'author',
  'approval',
  'reminded_at',
  'drift_checked_at',
  'break_glass_person',
  'break_glass_review_due_at',
  'last_seq',
  'created_at',
  'updated_at',
];
