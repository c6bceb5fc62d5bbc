import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Filter columns of the lists; each index ends in the list's own order, so that a page is read and nothing is sorted. */
const AUDIT = ['actor_id', 'action', 'kind', 'cluster', 'resource_type', 'resource_name', 'request_id'];
const AUDIT_SPARSE = ['outcome, kind', 'correlation_id'];
const OPERATIONS = ['cluster', 'node_name', 'state, type', 'actor_id'];
const named = (prefix: string, columns: string) => `${prefix}_${columns.replace(', ', '_')}`;
const firstOf = (columns: string) => columns.split(',', 1)[0];
const AUDIT_BEFORE = {
  audit_events_by_actor: '(actor_id, id DESC)',
  audit_events_by_action: '(action, id DESC)',
  audit_events_by_resource: '(cluster, resource_name, id DESC)',
  audit_events_by_correlation: '(correlation_id, id DESC) WHERE correlation_id IS NOT NULL',
  audit_events_intents: `(id) WHERE kind = 'INTENT'`,
};

export class HistoryIndexes1764093600000 implements MigrationInterface {
  readonly name = 'HistoryIndexes1764093600000';

  async up(runner: QueryRunner): Promise<void> {
    for (const name of Object.keys(AUDIT_BEFORE)) await runner.query(`DROP INDEX ${name}`);
    await runner.query('CREATE INDEX audit_events_at ON audit_events (at DESC, id DESC)');
    for (const column of AUDIT) {
      await runner.query(`CREATE INDEX audit_events_${column} ON audit_events (${column}, at DESC, id DESC)`);
    }
    for (const columns of AUDIT_SPARSE) {
      await runner.query(
        `CREATE INDEX ${named('audit_events', columns)} ON audit_events (${columns}, at DESC, id DESC)
         WHERE ${firstOf(columns)} IS NOT NULL`,
      );
    }
    for (const columns of OPERATIONS) {
      await runner.query(`CREATE INDEX ${named('operations_list', columns)} ON operations (${columns}, id DESC)`);
    }
    await runner.query('DROP INDEX operations_by_run');
    await runner.query(`
      CREATE INDEX operations_by_run ON operations (maintenance_run_id, id DESC) WHERE maintenance_run_id IS NOT NULL`);
    await openIntents(runner);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TRIGGER audit_events_open_intents ON audit_events');
    await runner.query('DROP FUNCTION audit_events_note_open_intents()');
    await runner.query('DROP TABLE audit_open_intents');
    await runner.query('DROP INDEX operations_by_run');
    await runner.query(
      'CREATE INDEX operations_by_run ON operations (maintenance_run_id) WHERE maintenance_run_id IS NOT NULL',
    );
    for (const columns of OPERATIONS) await runner.query(`DROP INDEX ${named('operations_list', columns)}`);
    for (const columns of [...AUDIT_SPARSE, ...AUDIT]) {
      await runner.query(`DROP INDEX ${named('audit_events', columns)}`);
    }
    await runner.query('DROP INDEX audit_events_at');
    for (const [name, columns] of Object.entries(AUDIT_BEFORE)) {
      await runner.query(`CREATE INDEX ${name} ON audit_events ${columns}`);
    }
  }
}

/** Intents without an outcome are few; the search for them must not compare all intents with all outcomes. */
async function openIntents(runner: QueryRunner): Promise<void> {
  await runner.query('CREATE TABLE audit_open_intents (intent_id uuid PRIMARY KEY)');
  await runner.query(`
    INSERT INTO audit_open_intents
    SELECT id FROM audit_events i
    WHERE kind = 'INTENT' AND NOT EXISTS (
      SELECT 1 FROM audit_events o WHERE o.intent_id = i.id AND o.kind = 'OUTCOME')`);
  await runner.query(`
    CREATE FUNCTION audit_events_note_open_intents() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
      INSERT INTO audit_open_intents SELECT id FROM added WHERE kind = 'INTENT';
      DELETE FROM audit_open_intents WHERE intent_id IN (SELECT intent_id FROM added WHERE kind = 'OUTCOME');
      RETURN NULL;
    END $$`);
  await runner.query(`
    CREATE TRIGGER audit_events_open_intents AFTER INSERT ON audit_events
      REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION audit_events_note_open_intents()`);
}
