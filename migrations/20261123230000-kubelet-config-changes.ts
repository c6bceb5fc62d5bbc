import type { MigrationInterface, QueryRunner } from 'typeorm';

export class KubeletConfigChanges1763938800000 implements MigrationInterface {
  readonly name = 'KubeletConfigChanges1763938800000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE kubelet_config_changes (
        id uuid PRIMARY KEY,
        version integer NOT NULL DEFAULT 1,
        status text NOT NULL,
        cluster text NOT NULL,
        spec jsonb NOT NULL,
        reason text NOT NULL,
        ticket text,
        author text NOT NULL,
        approval jsonb NOT NULL,
        targets jsonb NOT NULL DEFAULT '[]',
        notices jsonb NOT NULL DEFAULT '[]',
        wanted_approval_expiry timestamptz,
        drain_first boolean NOT NULL DEFAULT false,
        reminded_at timestamptz,
        drift_checked_at timestamptz,
        break_glass_person text,
        break_glass_review_due_at timestamptz,
        last_seq integer NOT NULL DEFAULT 0,
        created_at timestamptz NOT NULL,
        updated_at timestamptz NOT NULL
      )`);
    await runner.query('CREATE INDEX kubelet_config_changes_by_status ON kubelet_config_changes (status, id DESC)');
    await runner.query(`
      CREATE INDEX kubelet_config_changes_review_debt ON kubelet_config_changes (break_glass_person)
        WHERE break_glass_review_due_at IS NOT NULL`);
    // What the targets ran when the change was submitted. Apart from the change: one document for each node is much to load.
    await runner.query(`
      CREATE TABLE kubelet_config_change_baselines (
        change_id uuid NOT NULL REFERENCES kubelet_config_changes (id),
        node text NOT NULL,
        live jsonb NOT NULL,
        PRIMARY KEY (change_id, node)
      )`);
    await runner.query(`
      CREATE TABLE kubelet_config_change_reviews (
        change_id uuid NOT NULL REFERENCES kubelet_config_changes (id),
        position integer NOT NULL,
        person text NOT NULL,
        voided_at timestamptz,
        review jsonb NOT NULL,
        PRIMARY KEY (change_id, position)
      )`);
    // The row lock keeps reviewers apart; this holds even if someone forgets it.
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
      CREATE FUNCTION kubelet_config_change_events_refuse() RETURNS trigger LANGUAGE plpgsql AS $$
      BEGIN
        RAISE EXCEPTION 'the history of changes is append-only';
      END $$`);
    await runner.query(`
      CREATE TRIGGER kubelet_config_change_events_append_only
        BEFORE UPDATE OR DELETE OR TRUNCATE ON kubelet_config_change_events
        FOR EACH STATEMENT EXECUTE FUNCTION kubelet_config_change_events_refuse()`);
    await runner.query(`
      CREATE TABLE approval_policies (
        id text NOT NULL,
        version integer NOT NULL,
        policy jsonb NOT NULL,
        created_by text NOT NULL,
        created_at timestamptz NOT NULL,
        PRIMARY KEY (id, version)
      )`);
    await runner.query(`
      CREATE TABLE freeze_window_sets (
        version integer PRIMARY KEY,
        windows jsonb NOT NULL,
        created_by text NOT NULL,
        created_at timestamptz NOT NULL
      )`);
    await runner.query(
      `INSERT INTO approval_policies (id, version, policy, created_by, created_at) VALUES ('default', 1, $1, 'system:setup', now())`,
      [JSON.stringify(DEFAULT_POLICY)],
    );
    await runner.query(
      `INSERT INTO freeze_window_sets (version, windows, created_by, created_at) VALUES (1, '[]', 'system:setup', now())`,
    );
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE freeze_window_sets');
    await runner.query('DROP TABLE approval_policies');
    await runner.query('DROP TABLE kubelet_config_change_events');
    await runner.query('DROP FUNCTION kubelet_config_change_events_refuse');
    await runner.query('DROP TABLE kubelet_config_change_reviews');
    await runner.query('DROP TABLE kubelet_config_change_baselines');
    await runner.query('DROP TABLE kubelet_config_changes');
  }
}

/** Everything needs one approver; what is risky needs an administrator besides. */
const DEFAULT_POLICY = {
  id: 'default',
  version: 1,
  rules: [
    { id: 'one-approver', groups: ['approvers'], count: 1 },
    { id: 'high-risk-second-pair-of-eyes', groups: ['approvers', 'admins'], count: 1, when: { minRisk: 'high' } },
  ],
  approvalTtlSeconds: 7 * 24 * 3600,
  executionTtlSeconds: 7 * 24 * 3600,
  breakGlassReviewSeconds: 3 * 24 * 3600,
};
