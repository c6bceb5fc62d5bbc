import pg from 'pg';

/** What a fleet leaves behind in a year or two, written by the database itself. */
export interface HistorySize {
  readonly auditEvents: number;
  readonly operations: number;
  /** Maintenance runs, approval requests and kubelet config changes, of each so many. */
  readonly requests: number;
}

/**
 * Half of the events are intents with their outcomes; the newest are a second old, the oldest two years. `rare-bot` did
 * something once, at the very beginning: the place that a scan finds last.
 */
export async function fillHistory(url: string, { auditEvents, operations, requests }: HistorySize): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    await client.query(AUDIT, [Math.floor(auditEvents / 2)]);
    await client.query(OPERATIONS, [operations]);
    for (const statement of REQUESTS) await client.query(statement, [requests]);
    for (const table of TABLES) await client.query(`VACUUM (ANALYZE) ${table}`);
  } finally {
    await client.end();
  }
}

// UUIDv7 of the time, with the row's number in place of the random part.
const idAt = (at: string, salt: string) =>
  `(lpad(to_hex((extract(epoch FROM ${at}) * 1000)::bigint), 12, '0') || '7' || lpad(to_hex(n % 4096), 3, '0') ||
    '8' || lpad(to_hex(${salt}), 15, '0'))::uuid`;

const AT = `date_trunc('milliseconds', now() - interval '1 second' - (n::float8 / $1 * interval '2 years'))`;

const ACTOR = `CASE WHEN n = $1 THEN 'rare-bot' ELSE 'person-' || n % 200 END`;
const NODE = `CASE WHEN n = $1 THEN 'rare-node' ELSE 'node-' || n % 5000 END`;
/** Most work has no ticket; a ticket is of a few things. */
const TICKET = `CASE WHEN n = $1 THEN 'RARE-1' WHEN n % 3 = 0 THEN 'OPS-' || n / 300 END`;
const PIPELINE = `CASE WHEN n % 4 = 0 THEN 'pipeline-' || n / 400 END`;
const RUN = `CASE WHEN n % 10 = 0 THEN ('00000000-0000-7000-8000-' || lpad(to_hex(n / 200), 12, '0'))::uuid END`;

const TABLES = [
  'audit_events',
  'operations',
  'audit_open_intents',
  'maintenance_runs',
  'maintenance_runs_by_node',
  'approval_requests',
  'approval_requests_by_node',
  'kubelet_config_changes',
];

const AUDIT = `
  WITH rows AS (SELECT n, ${AT} AS at, n = $1 AS first FROM generate_series(1, $1::int) n),
  intents AS (
    SELECT n, at, ${idAt('at', 'n')} AS id,
      CASE WHEN first THEN 'rare-bot' ELSE 'person-' || n % 200 END AS actor_id,
      CASE WHEN first THEN 'rare.action' ELSE (ARRAY['node.drain', 'node.cordon', 'node.logs.read', 'audit.read'])[1 + n % 4] END AS action,
      CASE WHEN first THEN 'Rarity' WHEN n % 4 = 3 THEN 'AuditTrail' ELSE 'Node' END AS resource_type,
      CASE WHEN first THEN 'rare' ELSE 'cluster-' || n % 8 END AS cluster,
      CASE WHEN first THEN 'rare-node' ELSE 'node-' || n % 5000 END AS resource_name,
      CASE WHEN first THEN 'READ' WHEN n % 5000 = 1 THEN 'DENIED' ELSE 'INTENT' END AS kind
    FROM rows)
  INSERT INTO audit_events (id, at, kind, actor_type, actor_id, actor_name, auth_method, request_id, action,
    resource_type, cluster, resource_name, correlation_id, intent_id, reason, outcome, ticket,
    external_correlation_id, maintenance_run_id)
  SELECT id, at, kind, 'person', actor_id, actor_id, 'api-token', 'request-' || n, action, resource_type, cluster,
    resource_name, 'operation-' || n / 4, NULL, 'kernel update', NULL, ${TICKET}, ${PIPELINE}, ${RUN} FROM intents
  UNION ALL
  SELECT ${idAt(`at + interval '300 ms'`, 'n')}, at + interval '300 ms', 'OUTCOME', 'person', actor_id, actor_id, 'api-token',
    'request-' || n, action, resource_type, cluster, resource_name, 'operation-' || n / 4, id, 'kernel update',
    CASE WHEN n = $1 - 1 THEN 'CANCELLED' WHEN n % 100 = 0 THEN 'FAILED' ELSE 'SUCCEEDED' END,
    ${TICKET}, ${PIPELINE}, ${RUN}
  FROM intents WHERE kind = 'INTENT' AND n % 100000 <> 7`;

const OPERATIONS = `
  INSERT INTO operations (id, type, cluster, node_name, node_uid, node_labels, state, reason, actor_id, caller,
    maintenance_run_id, created_at, started_at, finished_at, ticket)
  SELECT ${idAt('at', 'n')}, (ARRAY['DRAIN', 'CORDON', 'UNCORDON'])[1 + n % 3], 'cluster-' || n % 8, 'node-' || n % 5000,
    'uid-' || n % 5000, '{"node-role.kubernetes.io/worker": ""}',
    CASE WHEN n = $1 THEN 'TIMED_OUT' WHEN n % 50 = 0 THEN 'FAILED' ELSE 'SUCCEEDED' END, 'kernel update',
    CASE WHEN n = $1 THEN 'rare-bot' ELSE 'person-' || n % 200 END,
    jsonb_build_object('actor', jsonb_build_object('type', 'person', 'id', 'person-' || n % 200, 'displayName', 'Person',
      'groups', '[]'::jsonb, 'bindings', '[]'::jsonb, 'authMethod', 'api-token'), 'request',
      jsonb_build_object('requestId', 'r', 'externalCorrelationId', ${PIPELINE})),
    ${RUN}, at, at, at + interval '1 minute', ${TICKET}
  FROM (SELECT n, ${AT} AS at FROM generate_series(1, $1::int) n) rows`;

const CALLER = `jsonb_build_object('actor', jsonb_build_object('type', 'person', 'id', ${ACTOR}, 'displayName', 'Person',
  'groups', '[]'::jsonb, 'bindings', '[]'::jsonb, 'authMethod', 'api-token'), 'request',
  jsonb_build_object('requestId', 'r', 'externalCorrelationId', ${PIPELINE}))`;

const ROWS = `(SELECT n, ${AT} AS at FROM generate_series(1, $1::int) n) rows`;
const PARTICIPANT = `jsonb_build_object('actorId', ${ACTOR}, 'type', 'person', 'displayName', 'Person', 'groups', '[]'::jsonb)`;
const APPROVAL = `jsonb_build_object('status', 'WITHDRAWN', 'author', ${PARTICIPANT}, 'lastEditor', ${PARTICIPANT},
  'editors', '[]'::jsonb, 'contentHash', 'hash', 'subject', jsonb_build_object('kind', 'DRAIN', 'risk', 'low', 'nodes',
  '[]'::jsonb), 'policy', jsonb_build_object('id', 'default', 'version', 1, 'rules', '[]'::jsonb), 'scheduledFor', NULL,
  'approvalExpiresAt', NULL, 'executionExpiresAt', NULL, 'breakGlass', NULL, 'difference', NULL)`;
const TARGETS = `jsonb_build_array(jsonb_build_object('cluster', 'cluster-' || n % 8, 'node', ${NODE}, 'uid', 'uid-' || n))`;

/** All withdrawn but the first. */
const requests = (kind: string, id: string, first: string) =>
  `INSERT INTO approval_requests (id, status, kind, cluster, subject_id, spec, targets, reason, ticket, author, actor_id,
     external_correlation_id, approval, created_at, updated_at)
   SELECT ${id}, CASE WHEN n = $1 THEN '${first}' ELSE 'WITHDRAWN' END, '${kind}', 'cluster-' || n % 8, ${id},
     jsonb_build_object('cluster', 'cluster-' || n % 8, 'nodes', '[]'::jsonb, 'nodeSelector', NULL, 'patch', '{}'::jsonb,
       'strategy', jsonb_build_object('canary', 0, 'maxUnavailable', 1, 'drain', 'AUTO', 'gateSeconds', 0)),
     ${TARGETS}, 'kernel update', ${TICKET}, ${ACTOR}, ${ACTOR}, ${PIPELINE}, ${APPROVAL}, at, at
   FROM ${ROWS}`;

const REQUESTS = [
  `INSERT INTO maintenance_runs (id, cluster, reason, ticket, actor_id, caller, policy_ids, state, run, created_at)
   SELECT ${idAt('at', 'n')}, 'cluster-' || n % 8, 'kernel update', ${TICKET}, ${ACTOR}, ${CALLER}, '[]',
     CASE WHEN n = $1 THEN 'FAILED' ELSE 'SUCCEEDED' END,
     jsonb_build_object('state', 'SUCCEEDED', 'startedAt', at, 'finishedAt', at, 'pause', NULL, 'cancel', NULL, 'failure', NULL,
       'spec', jsonb_build_object('action', CASE WHEN n = $1 THEN 'UNCORDON' ELSE 'DRAIN' END, 'maxUnavailable', 1)), at
   FROM ${ROWS}`,
  `INSERT INTO maintenance_run_nodes (run_id, node_uid, position, node)
   SELECT id, 'uid-' || n, 0, jsonb_build_object('name', ${NODE}, 'uid', 'uid-' || n, 'phase', 'DONE',
     'zone', NULL, 'controlPlane', false, 'canary', false, 'operationId', NULL, 'ownCordon', false, 'startedAt', NULL,
     'settlingSince', NULL, 'healthySince', NULL, 'finishedAt', NULL, 'failure', NULL)
   FROM (SELECT id, row_number() OVER (ORDER BY id DESC) AS n FROM maintenance_runs) rows`,
  requests('KUBELET_CONFIG_CHANGE', idAt(`at + interval '1 ms'`, 'n'), 'REJECTED'),
  requests('DRAIN', idAt('at', 'n'), 'EXPIRED'),
  `INSERT INTO kubelet_config_changes (id, targets)
   SELECT id, '[]' FROM approval_requests WHERE kind = 'KUBELET_CONFIG_CHANGE' AND $1::int > 0`,
];

/** Every documented filter of the lists, each with a value that many rows have, one that one old row has, and none. */
export function historyFilters(now = Date.now()): { what: string; path: string }[] {
  const day = 24 * 3600_000;
  const time = (daysAgo: number) => encodeURIComponent(new Date(now - daysAgo * day).toISOString());
  const audit = [
    '',
    'actor=person-7',
    'actor=rare-bot',
    'actor=nobody',
    'action=node.drain',
    'action=rare.action',
    'action=no.action',
    'kind=INTENT',
    'kind=DENIED',
    'kind=DENIED&kind=READ',
    'kind=INTENT&kind=OUTCOME',
    'outcome=SUCCEEDED',
    'outcome=FAILED',
    'outcome=CANCELLED',
    'outcome=CANCELLED&outcome=TIMED_OUT',
    'kind=OUTCOME&outcome=CANCELLED',
    'cluster=cluster-3',
    'cluster=rare',
    'cluster=nowhere',
    'resourceType=Node',
    'resourceType=Rarity',
    'resourceType=Nothing',
    'resource=node-4711',
    'resource=rare-node',
    'cluster=cluster-3&resource=node-4711',
    'resource=no-node',
    'correlationId=operation-77',
    'correlationId=nothing',
    'requestId=request-99',
    'requestId=nothing',
    `since=${time(1)}`,
    `until=${time(600)}`,
    `since=${time(400)}&until=${time(399)}`,
    `since=${time(400)}&until=${time(399)}&actor=person-7`,
    `since=${time(5000)}&until=${time(4000)}`,
    'ticket=OPS-77',
    'ticket=RARE-1',
    'ticket=NONE-1',
    'externalCorrelationId=pipeline-77',
    'externalCorrelationId=nothing',
    'node=node-4711',
    'node=no-node',
    'maintenanceRun=00000000-0000-7000-8000-00000000000a',
    'maintenanceRun=00000000-0000-7000-8000-ffffffffffff',
    `ticket=OPS-77&actor=rare-bot&until=${time(5)}`,
    'dangling=true',
    'dangling=true&actor=nobody',
  ];
  /** Of all lists but the audit trail. */
  const shared = [
    'cluster=cluster-3',
    'cluster=nowhere',
    'actor=person-7',
    'actor=rare-bot',
    'actor=nobody',
    'node=node-4711',
    'node=rare-node',
    'node=no-node',
    'ticket=OPS-77',
    'ticket=RARE-1',
    'ticket=NONE-1',
    'externalCorrelationId=pipeline-77',
    'externalCorrelationId=nothing',
    `since=${time(1)}`,
    `until=${time(600)}`,
    `since=${time(400)}&until=${time(399)}&actor=person-7`,
    `since=${time(5000)}&until=${time(4000)}`,
    `node=node-4711&until=${time(400)}`,
  ];
  const operations = [
    '',
    'cluster=cluster-3',
    'cluster=nowhere',
    'node=node-4711',
    'cluster=cluster-3&node=node-4711',
    'node=no-node',
    'state=SUCCEEDED',
    'state=TIMED_OUT',
    'state=RUNNING',
    'state=QUEUED&state=RUNNING&state=TIMED_OUT',
    'type=DRAIN',
    'type=RESTART_KUBELET',
    'type=DRAIN&type=CORDON&state=TIMED_OUT',
    'actor=person-7',
    'actor=rare-bot',
    'actor=nobody',
    'maintenanceRun=00000000-0000-7000-8000-00000000000a',
    'maintenanceRun=00000000-0000-7000-8000-ffffffffffff',
    ...shared,
  ];
  const runs = [...shared, 'state=FAILED', 'state=RUNNING', 'type=UNCORDON', 'type=DRAIN&type=CORDON&state=FAILED'];
  const requests = [...shared, 'state=EXPIRED', 'state=PENDING&state=APPROVED', 'type=MAINTENANCE_RUN'];
  const changes = [...shared, 'state=REJECTED', 'state=DRAFT', 'author=rare-bot', 'author=nobody'];
  const list = (collection: string, queries: readonly string[]) =>
    queries.map((query) => ({
      what: `${collection}${query ? `?${decodeURIComponent(query)}` : ''}`,
      path: `/api/v1/${collection}${query ? `?${query}` : ''}`,
    }));
  return [
    ...list('audit-events', audit),
    ...list('operations', [...new Set(operations)]),
    ...list('maintenance-runs', runs),
    ...list('approval-requests', requests),
    ...list('kubelet-config-changes', changes),
  ];
}
