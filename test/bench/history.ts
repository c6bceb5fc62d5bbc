import { writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import pg from 'pg';
import { fillHistory, type HistorySize, historyFilters } from '../support/history.js';
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

/** Column of the table that a query parameter of the API filters by, where they differ. */
const COLUMNS: Readonly<Record<string, string>> = {
  actor: 'actor_id',
  resource: 'resource_name',
  resourceType: 'resource_type',
  correlationId: 'correlation_id',
  externalCorrelationId: 'external_correlation_id',
  requestId: 'request_id',
  maintenanceRun: 'maintenance_run_id',
};
const COLUMNS_OF: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  audit_events: { node: 'resource_name' },
  operations: { node: 'node_name' },
  maintenance_runs: { type: 'action' },
  approval_requests: { type: 'kind', state: 'status' },
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
      requests: text('100000'),
      repetitions: text('100'),
      json: { type: 'string' },
    },
  });
  const installation = await Installation.start({ profile: 'empty', kubelets: false });
  const direct = new pg.Client({ connectionString: installation.database.url });
  try {
    const size = {
      auditEvents: Number(values.events),
      operations: Number(values.operations),
      requests: Number(values.requests),
    };
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
  const list = pathname.slice(pathname.lastIndexOf('/') + 1).replaceAll('-', '_');
  const isChanges = list === 'kubelet_config_changes';
  const table = isChanges ? 'approval_requests' : list;
  const time = table === 'audit_events' ? 'at' : 'created_at';
  const columns = { ...COLUMNS, ...COLUMNS_OF[table] };
  const values: unknown[] = [];
  const conditions = [...new Set(searchParams.keys())].map((key) => {
    if (key === 'dangling') {
      return `kind = 'INTENT' AND NOT EXISTS (SELECT 1 FROM audit_events o WHERE o.intent_id = e.id AND o.kind = 'OUTCOME')`;
    }
    if (key === 'since') return `${time} >= $${values.push(searchParams.get(key))}`;
    if (key === 'until') return `${time} < $${values.push(searchParams.get(key))}`;
    const given = `ANY($${values.push(searchParams.getAll(key))})`;
    const column = columns[key] ?? key;
    return column === 'node' ? `id IN (SELECT id FROM ${table}_by_node WHERE node = ${given})` : `${column} = ${given}`;
  });
  if (isChanges) conditions.push(`kind = 'KUBELET_CONFIG_CHANGE'`);
  const where = conditions.length > 0 ? `WHERE ${conditions.join(' AND ')}` : '';
  const order = time === 'at' ? 'at DESC, id DESC' : 'id DESC';
  return { text: `SELECT * FROM ${table} e ${where} ORDER BY ${order} LIMIT 51`, values };
}

function print(results: readonly Measured[], { auditEvents, operations, requests }: HistorySize) {
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
  console.log(
    `\n${auditEvents} audit events, ${operations} operations, ${requests} runs, requests and changes each\n\n${textTable(header, rows)}\n`,
  );
  const worst = Math.max(...results.map(({ p99 }) => p99));
  console.log(`worst p99: ${figure(worst)} ms over ${results.length} filters`);
}
