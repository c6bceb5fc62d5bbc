import type { MigrationInterface, QueryRunner } from 'typeorm';

export class Outbox1763931600000 implements MigrationInterface {
  readonly name = 'Outbox1763931600000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE outbox (
        id uuid PRIMARY KEY,
        job text NOT NULL,
        job_id text NOT NULL,
        payload jsonb NOT NULL,
        not_before timestamptz,
        created_at timestamptz NOT NULL DEFAULT now()
      )`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE outbox');
  }
}
