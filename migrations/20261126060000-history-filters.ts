import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Filter columns that lists in order of ids got; each index ends in that order. */
const INDEXES = {
  operations: ['ticket', 'external_correlation_id'],
  maintenance_runs: ['cluster', 'state, action', 'actor_id', 'ticket', 'external_correlation_id'],
  approval_requests: ['cluster', 'author', 'actor_id', 'ticket', 'external_correlation_id'],
};
const SPARSE = ['ticket', 'external_correlation_id', 'maintenance_run_id'];
const AUDIT = ['ticket', 'external_correlation_id', 'maintenance_run_id'];
/** The lists that are filtered by node, each with where its nodes are named. */
const TARGETS = `jsonb_path_query(r.targets, '$[*].node') #>> '{}'`;
const BY_NODE = [
  { list: 'approval_requests', source: 'approval_requests', id: 'id', nodes: TARGETS, changing: 'targets' },
  {
    list: 'maintenance_runs',
    source: 'maintenance_runs',
    id: 'id',
    nodes: `jsonb_path_query(r.run, '$.spec.nodes[*]') #>> '{}'`,
  },
  { list: 'maintenance_runs', source: 'maintenance_run_nodes', id: 'run_id', nodes: `r.node ->> 'name'` },
];
const BY_NODE_LISTS = [...new Set(BY_NODE.map(({ list }) => list))];

const nameOf = (table: string, columns: string) => `${table}_list_${columns.replace(', ', '_')}`;
const where = (column: string) => (SPARSE.includes(column) ? ` WHERE ${column} IS NOT NULL` : '');

export class HistoryFilters1764136800000 implements MigrationInterface {
  readonly name = 'HistoryFilters1764136800000';

  async up(runner: QueryRunner): Promise<void> {
    for (const table of ['operations', 'maintenance_runs']) {
      await runner.query(`
        ALTER TABLE ${table} ADD COLUMN external_correlation_id text
          GENERATED ALWAYS AS (caller -> 'request' ->> 'externalCorrelationId') STORED`);
    }
    await runner.query(`
      ALTER TABLE maintenance_runs ADD COLUMN action text GENERATED ALWAYS AS (run -> 'spec' ->> 'action') STORED`);
    await runner.query(
      'ALTER TABLE approval_requests ADD COLUMN external_correlation_id text, ADD COLUMN actor_id text',
    );
    await runner.query(`UPDATE approval_requests SET actor_id = approval -> 'author' ->> 'actorId'`);
    await runner.query(
      'ALTER TABLE audit_events ADD COLUMN external_correlation_id text, ADD COLUMN maintenance_run_id uuid',
    );
    for (const [table, lists] of Object.entries(INDEXES)) {
      for (const columns of lists) {
        await runner.query(`CREATE INDEX ${nameOf(table, columns)} ON ${table} (${columns}, id DESC)${where(columns)}`);
      }
    }
    for (const column of AUDIT) {
      await runner.query(
        `CREATE INDEX audit_events_${column} ON audit_events (${column}, at DESC, id DESC)${where(column)}`,
      );
    }
    for (const list of BY_NODE_LISTS) {
      await runner.query(`
        CREATE TABLE ${list}_by_node (
          node text NOT NULL,
          id uuid NOT NULL REFERENCES ${list} (id) ON DELETE CASCADE,
          PRIMARY KEY (node, id)
        )`);
      await runner.query(`CREATE INDEX ${list}_by_node_id ON ${list}_by_node (id)`);
    }
    for (const source of BY_NODE) await noteNodes(runner, source);
  }

  async down(runner: QueryRunner): Promise<void> {
    for (const { source } of BY_NODE) {
      await runner.query(`DROP TRIGGER ${source}_note_nodes ON ${source}`);
      await runner.query(`DROP FUNCTION ${source}_note_nodes()`);
    }
    for (const list of BY_NODE_LISTS) await runner.query(`DROP TABLE ${list}_by_node`);
    for (const column of AUDIT) await runner.query(`DROP INDEX audit_events_${column}`);
    for (const [table, lists] of Object.entries(INDEXES)) {
      for (const columns of lists) await runner.query(`DROP INDEX ${nameOf(table, columns)}`);
    }
    await runner.query('ALTER TABLE audit_events DROP COLUMN external_correlation_id, DROP COLUMN maintenance_run_id');
    await runner.query('ALTER TABLE approval_requests DROP COLUMN external_correlation_id, DROP COLUMN actor_id');
    await runner.query('ALTER TABLE maintenance_runs DROP COLUMN action');
    for (const table of ['operations', 'maintenance_runs']) {
      await runner.query(`ALTER TABLE ${table} DROP COLUMN external_correlation_id`);
    }
  }
}

/** Node and id in the order of the list; kept in the statement that names the nodes, so that no writer can forget it. */
async function noteNodes(runner: QueryRunner, source: (typeof BY_NODE)[number]): Promise<void> {
  const { list, source: table, id, nodes, changing } = source;
  const note = (rows: string) => `
      INSERT INTO ${list}_by_node (node, id)
      SELECT node, id FROM (SELECT DISTINCT ${nodes} AS node, r.${id} AS id FROM ${rows} r) named
      WHERE node IS NOT NULL ON CONFLICT DO NOTHING`;
  await runner.query(note(table));
  // What a run named stays: thousands of rows at a time, none of which changes its name.
  const change = `IF TG_OP = 'UPDATE' THEN
        IF NEW.${changing} IS NOT DISTINCT FROM OLD.${changing} THEN RETURN NULL; END IF;
        DELETE FROM ${list}_by_node WHERE id = NEW.id;
      END IF;`;
  await runner.query(`
    CREATE FUNCTION ${table}_note_nodes() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
      ${changing ? change : ''}
      ${note(changing ? '(SELECT NEW.*)' : 'added')};
      RETURN NULL;
    END $$`);
  const when = changing
    ? `AFTER INSERT OR UPDATE OF ${changing} ON ${table} FOR EACH ROW`
    : `AFTER INSERT ON ${table} REFERENCING NEW TABLE AS added FOR EACH STATEMENT`;
  await runner.query(`CREATE TRIGGER ${table}_note_nodes ${when} EXECUTE FUNCTION ${table}_note_nodes()`);
}
