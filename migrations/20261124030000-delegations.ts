import type { MigrationInterface, QueryRunner } from 'typeorm';

export class Delegations1763953200000 implements MigrationInterface {
  readonly name = 'Delegations1763953200000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE delegations (
        id uuid PRIMARY KEY,
        person text NOT NULL,
        delegate text NOT NULL,
        until timestamptz NOT NULL,
        reason text NOT NULL,
        created_by text NOT NULL,
        created_at timestamptz NOT NULL,
        ended_at timestamptz,
        CONSTRAINT delegations_of_others CHECK (person <> delegate)
      )`);
    await runner.query('CREATE INDEX delegations_by_delegate ON delegations (delegate) WHERE ended_at IS NULL');
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE delegations');
  }
}
