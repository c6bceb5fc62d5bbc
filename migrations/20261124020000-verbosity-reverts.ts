import type { MigrationInterface, QueryRunner } from 'typeorm';

export class VerbosityReverts1763949600000 implements MigrationInterface {
  readonly name = 'VerbosityReverts1763949600000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE verbosity_reverts (
        operation_id uuid PRIMARY KEY REFERENCES operations (id) ON DELETE CASCADE,
        cluster text NOT NULL,
        node_name text NOT NULL,
        node_uid text NOT NULL,
        revert_to integer NOT NULL,
        due_at timestamptz NOT NULL,
        state text NOT NULL,
        kubelet_started_at timestamptz,
        intent_id uuid,
        generation integer NOT NULL DEFAULT 0,
        claimed_until timestamptz
      )`);
    await runner.query(`CREATE INDEX verbosity_reverts_due ON verbosity_reverts (due_at) WHERE state = 'PENDING'`);
    await runner.query(
      `CREATE INDEX verbosity_reverts_by_node ON verbosity_reverts (cluster, node_uid) WHERE state = 'PENDING'`,
    );
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE verbosity_reverts');
  }
}
