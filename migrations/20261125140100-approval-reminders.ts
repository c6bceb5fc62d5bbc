import type { MigrationInterface, QueryRunner } from 'typeorm';

export class ApprovalReminders1764079260000 implements MigrationInterface {
  readonly name = 'ApprovalReminders1764079260000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query('ALTER TABLE approval_requests ADD COLUMN reminded_at timestamptz');
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('ALTER TABLE approval_requests DROP COLUMN reminded_at');
  }
}
