import type { MigrationInterface, QueryRunner } from 'typeorm';

const LOGS = ['operation_events', 'maintenance_run_events', 'approval_request_events'] as const;

/**
 * Gives what the event logs append an order in which it can be read without a gap: the transaction first, since numbers of a sequence
 * become visible in another order than they are given out in. Events from before have none and are not published.
 */
export class EventSubscriptions1764129600000 implements MigrationInterface {
  readonly name = 'EventSubscriptions1764129600000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query('CREATE SEQUENCE event_positions');
    for (const log of LOGS) {
      // Two steps: a default that is no constant would have the whole table written anew.
      await runner.query(
        `ALTER TABLE ${log} ADD COLUMN xid xid8 NOT NULL DEFAULT '0', ADD COLUMN position bigint NOT NULL DEFAULT 0`,
      );
      await runner.query(
        `ALTER TABLE ${log} ALTER COLUMN xid SET DEFAULT pg_current_xact_id(),
           ALTER COLUMN position SET DEFAULT nextval('event_positions')`,
      );
      await runner.query(`CREATE INDEX ${log}_published ON ${log} (xid, position) WHERE position > 0`);
    }
    await runner.query(`
      CREATE TABLE event_subscriptions (
        name text PRIMARY KEY,
        xid xid8 NOT NULL,
        position bigint NOT NULL,
        claimed_by text,
        claimed_until timestamptz
      )`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE event_subscriptions');
    for (const log of LOGS) await runner.query(`ALTER TABLE ${log} DROP COLUMN position, DROP COLUMN xid`);
    await runner.query('DROP SEQUENCE event_positions');
  }
}
