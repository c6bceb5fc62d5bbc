import type { MigrationInterface, QueryRunner } from 'typeorm';

export class ApprovalRequests1763946000000 implements MigrationInterface {
  readonly name = 'ApprovalRequests1763946000000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE approval_requests (
        id uuid PRIMARY KEY,
        version integer NOT NULL DEFAULT 1,
        status text NOT NULL,
        kind text NOT NULL,
        cluster text NOT NULL,
        subject_id uuid NOT NULL UNIQUE,
        spec jsonb NOT NULL,
        targets jsonb NOT NULL,
        reason text NOT NULL,
        ticket text,
        author text NOT NULL,
        approval jsonb NOT NULL,
        held text,
        break_glass_person text,
        break_glass_review_due_at timestamptz,
        last_seq integer NOT NULL DEFAULT 0,
        created_at timestamptz NOT NULL,
        updated_at timestamptz NOT NULL
      )`);
    await runner.query('CREATE INDEX approval_requests_by_status ON approval_requests (status, id DESC)');
    await runner.query(`
      CREATE TABLE approval_request_reviews (
        request_id uuid NOT NULL REFERENCES approval_requests (id),
        position integer NOT NULL,
        person text NOT NULL,
        voided_at timestamptz,
        review jsonb NOT NULL,
        PRIMARY KEY (request_id, position)
      )`);
    // The row lock keeps reviewers apart; this holds even if someone forgets it.
    await runner.query(`
      CREATE UNIQUE INDEX approval_request_reviews_one_standing
        ON approval_request_reviews (request_id, person) WHERE voided_at IS NULL`);
    await runner.query(`
      CREATE TABLE approval_request_events (
        request_id uuid NOT NULL REFERENCES approval_requests (id),
        seq integer NOT NULL,
        type text NOT NULL,
        data jsonb NOT NULL,
        at timestamptz NOT NULL,
        PRIMARY KEY (request_id, seq)
      )`);
    await runner.query(`
      CREATE FUNCTION approval_request_events_refuse() RETURNS trigger LANGUAGE plpgsql AS $$
      BEGIN
        RAISE EXCEPTION 'the history of approvals is append-only';
      END $$`);
    await runner.query(`
      CREATE TRIGGER approval_request_events_append_only
        BEFORE UPDATE OR DELETE OR TRUNCATE ON approval_request_events
        FOR EACH STATEMENT EXECUTE FUNCTION approval_request_events_refuse()`);
    await runner.query('ALTER TABLE operations ADD COLUMN approval_id uuid');
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('ALTER TABLE operations DROP COLUMN approval_id');
    await runner.query('DROP TABLE approval_request_events');
    await runner.query('DROP FUNCTION approval_request_events_refuse');
    await runner.query('DROP TABLE approval_request_reviews');
    await runner.query('DROP TABLE approval_requests');
  }
}
