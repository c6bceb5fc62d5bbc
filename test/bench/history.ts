import { writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import pg from 'pg';
import { fillHistory, historyFilters } from '../support/history.js';
import type { HttpClient } from '../support/http-client.js';
import { Installation } from '../support/installation.js';
import { median, percentile } from './statistics.js';
import { textTable } from './text-table.js';

const TARGET_P99_MS = 20;
const ENVIRONMENT = {
  NODE_ENV: 'production',
  RATE_LIMIT_REQUESTS: '100000000',
  LOG_FORMAT: 'json',
  LOG_LEVEL: 'error',
};

/** Column of the table that a query parameter of the API filters by. */
const COLUMNS: Readonly<Record<string, string>> = {
  actor: 'actor_id',
  resource: 'resource_name',
  resourceType: 'resource_type',
  correlationId: 'correlation_id',
  requestId: 'request_id',
  node: 'node_name',
  maintenanceRunId: 'maintenance_run_id',
};

interface Measured {
  readonly what: string;
  readonly p50: number;
  readonly p99: number;
  readonly sqlP50: number;
}

/** Every documented filter of the audit trail and of operations on a long history, against the same filter as plain SQL. */
export async function runHistory(args: readonly string[]): Promise<void> {
  const text = (value: string) => ({ type: 'string', default: value }) as const;
  const { values } = parseArgs({
    args: [...args],
    options: {
      events: text('1000000'),
      operations: text('100000'),
      repetitions: text('100'),
      json: { type: 'string' },
    },
  });
  const installation = await Installation.start({ profile: 'empty', kubelets: false });
  const direct = new pg.Client({ connectionString: installation.database.url });
  try {
    const size = { auditEvents: Number(values.events), operations: Number(values.operations) };
    await fillHistory(installation.database.url, size);
    await direct.connect();
    const api = await installation.api(ENVIRONMENT);
    const results: Measured[] = [];
    for (const filter of historyFilters()) {
      results.push(await measure(api, direct, filter, Number(values.repetitions)));
    }
    print(results, size);
    if (values.json) writeFileSync(values.json, `${JSON.stringify({ ...size, results }, null, 2)}\n`);
  } finally {
    await direct.end();
    await installation.stop();
  }
}

async function measure(
  api: HttpClient,
  direct: pg.Client,
  { what, path }: { what: string; path: string },
  repetitions: number,
): Promise<Measured> {
  const statement = plainSql(path);
  const ours: number[] = [];
  const sql: number[] = [];
  // The first five pairs are not counted.
  for (let repetition = -5; repetition < repetitions; repetition++) {
    const start = performance.now();
    const { status, body } = await api.rest('GET', path);
    const between = performance.now();
    await direct.query(statement);
    const end = performance.now();
    if (status !== 200) throw new Error(`${path}: ${status} ${JSON.stringify(body)}`);
    if (repetition < 0) continue;
    ours.push(between - start);
    sql.push(end - between);
  }
  return { what, p50: median(ours), p99: percentile(ours, 99), sqlP50: median(sql) };
}

/** As somebody would ask with psql. */
function plainSql(path: string): { text: string; values: unknown[] } {
  const { pathname, searchParams } = new URL(path, 'http://service');
  const audit = pathname.endsWith('/audit-events');
  const values: unknown[] = [];
  const conditions = [...new Set(searchParams.keys())].map((key) => {
    if (key === 'dangling') {
      return `kind = 'INTENT' AND NOT EXISTS (SELECT 1 FROM audit_events o WHERE o.intent_id = e.id AND o.kind = 'OUTCOME')`;
    }
    if (key === 'since') return `at >= $${values.push(searchParams.get(key))}`;
    if (key === 'until') return `at < $${values.push(searchParams.get(key))}`;
    return `${COLUMNS[key] ?? key} = ANY($${values.push(searchParams.getAll(key))})`;
  });
  const where = conditions.length > 0 ? `WHERE ${conditions.join(' AND ')}` : '';
  const order = audit ? 'at DESC, id DESC' : 'id DESC';
  return {
    text: `SELECT * FROM ${audit ? 'audit_events' : 'operations'} e ${where} ORDER BY ${order} LIMIT 51`,
    values,
  };
}

function print(results: readonly Measured[], { auditEvents, operations }: { auditEvents: number; operations: number }) {
  const figure = (value: number) => value.toFixed(1);
  const rows = results.map(({ what, p50, p99, sqlP50 }) => [
    what,
    figure(p50),
    figure(p99),
    figure(sqlP50),
    figure(p50 / sqlP50),
    p99 < TARGET_P99_MS ? 'met' : 'missed',
  ]);
  const header = ['', 'p50 ms', 'p99 ms', 'plain SQL p50 ms', 'ratio', `p99 < ${TARGET_P99_MS} ms`];
  console.log(`\n${auditEvents} audit events, ${operations} operations\n\n${textTable(header, rows)}\n`);
  const worst = Math.max(...results.map(({ p99 }) => p99));
  console.log(`worst p99: ${figure(worst)} ms over ${results.length} filters`);
}
