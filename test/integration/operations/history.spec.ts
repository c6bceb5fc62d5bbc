import { DataSource, type Logger } from 'typeorm';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { SimulatedCluster } from '../../../packages/simulated-cluster/src/start-simulated-cluster.js';
import { type ApiApp, startApiApp } from '../../support/api-app.js';
import { fillHistory, historyFilters } from '../../support/history.js';
import { startTestCluster } from '../../support/simulated-cluster.js';

/** A page of 51 rows with an index level or two for each, and a merge of up to a dozen of such; the tables have thousands of blocks. */
const MAX_BLOCKS = 800;

let cluster: SimulatedCluster;
let api: ApiApp;
let database: DataSource;
const statements: { query: string; parameters: unknown[] }[] = [];

beforeAll(async () => {
  cluster = await startTestCluster({ profile: 'empty', kubelets: false });
  api = await startApiApp(cluster.kubeconfigPath);
  database = api.app.get(DataSource, { strict: false });
  await fillHistory((database.options as { url: string }).url, {
    auditEvents: 60_000,
    operations: 30_000,
    requests: 30_000,
  });
  const quiet = () => undefined;
  const capture: Logger = {
    logQuery: (query, parameters) => void statements.push({ query, parameters: (parameters ?? []) as unknown[] }),
    logQueryError: quiet,
    logQuerySlow: quiet,
    logSchemaBuild: quiet,
    logMigration: quiet,
    log: quiet,
  };
  Object.assign(database, { logger: capture });
});
afterAll(async () => {
  await api?.close();
  await cluster?.close();
});

/** Blocks that the statement touched, and what it read them for. */
async function explain({ query, parameters }: { query: string; parameters: unknown[] }) {
  const runner = database.createQueryRunner();
  try {
    const [row] = await runner.query(`EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) ${query}`, parameters);
    const [{ Plan: plan }] = row['QUERY PLAN'];
    return { blocks: plan['Shared Hit Blocks'] + plan['Shared Read Blocks'], plan: JSON.stringify(plan) };
  } finally {
    await runner.release();
  }
}

test.each(historyFilters())('10.24 $what reads no more of the history than its page', async ({ path }) => {
  statements.length = 0;
  const { status } = await api.client.rest('GET', path);
  expect(status).toBe(200);
  const reads = statements.filter(({ query }) =>
    /^SELECT[^;]* FROM [^;]*"?(audit_events|operations|maintenance_runs|approval_requests|kubelet_config_changes)"?/s.test(
      query,
    ),
  );
  expect(reads.length).toBeGreaterThan(0);
  for (const read of reads.splice(0)) {
    const { blocks, plan } = await explain(read);
    expect(blocks, plan).toBeLessThan(MAX_BLOCKS);
    expect(plan).not.toMatch(
      /"Seq Scan","[^}]*"Relation Name":"(audit_events|operations|maintenance_runs|approval_requests|kubelet_config_changes)"/,
    );
  }
});

test('10.24 pages of a time range hold each event once, newest first', async () => {
  const { path } = historyFilters().find(({ what }) => /since=.*until=.*actor=person-7/.test(what)) as { path: string };
  const seen: { id: string; at: string }[] = [];
  let after = '';
  do {
    const { body } = await api.client.rest('GET', `${path}&first=7${after}`);
    seen.push(...body.items);
    after = body.pageInfo.hasNextPage ? `&after=${body.pageInfo.endCursor}` : '';
  } while (after !== '' && seen.length < 100);
  const all = (await api.client.rest('GET', `${path}&first=200`)).body.items;
  expect(seen.map(({ id }) => id)).toEqual(all.map(({ id }: { id: string }) => id));
  expect(all.length).toBeGreaterThan(0);
  const times = all.map(({ at }: { at: string }) => at);
  expect(times).toEqual([...times].sort().reverse());
});
