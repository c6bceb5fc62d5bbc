import type { ChaosStage } from './chaos-stage.js';
import type { HostAct } from './watched-hosts.js';

interface Ended {
  readonly type: string;
  readonly state: string;
  readonly node: string;
  readonly failure: string;
  readonly at: Date;
  readonly level: number | null;
  readonly revert: string | null;
}

const ENDED = `SELECT type, state, node_name AS node, coalesce(failure->>'message', '') AS failure,
    (SELECT max(at) FROM operation_events WHERE operation_id = o.id AND type = 'STATE') AS at,
    (options->>'level')::int AS level, (SELECT r.state FROM verbosity_reverts r WHERE r.operation_id = o.id) AS revert
  FROM operations o WHERE id = $1`;

const OUTCOMES = `SELECT i.action, o.outcome, coalesce(o.error->>'code', '') AS code
  FROM audit_events i LEFT JOIN audit_events o ON o.intent_id = i.id AND o.kind = 'OUTCOME'
  WHERE i.correlation_id = $1 AND i.kind = 'INTENT'`;

interface Outcome {
  readonly action: string;
  readonly outcome: string | null;
  readonly code: string;
}

const RESTS = ['SUCCEEDED', 'UNKNOWN'];

/**
 * Compares what the product says of an operation that is no drain with what the node and the cluster have seen. All times
 * are of this machine: the cluster and the database run on it, and the clocks of workers play no part.
 */
export async function checkNodeOperation(
  stage: ChaosStage,
  id: string,
  acts: readonly HostAct[],
  level: number,
): Promise<string[]> {
  const { rows } = await stage.database.query<Ended>(ENDED, [id]);
  const end = rows[0] as Ended;
  const { rows: outcomes } = await stage.database.query<Outcome>(OUTCOMES, [id]);
  const node = await stage.installation.cluster.call('GET', `/api/v1/nodes/${end.node}`);
  const { requests } = await stage.installation.cluster.call('GET', '/simulation/requests');
  const findings = [
    ...outcomes.filter(({ outcome }) => outcome === null).map(({ action }) => `the intent ${action} has no outcome`),
    ...lateRequests(requests, id, end),
    ...wrongRestarts(acts, outcomes, end),
    ...wrongLevels(acts, level, end),
    ...wrongCordon(node.spec.unschedulable === true, end),
  ];
  return findings.map((text) => `operation ${id} (${end.type} ${end.state}) on ${end.node}: ${text}`);
}

interface Request {
  readonly time: string;
  readonly verb: string;
  readonly resource: string;
  readonly name: string;
  readonly userAgent: string;
}

/** Leases and Events of the end only announce it. */
function lateRequests(requests: readonly Request[], id: string, { node, at }: Ended): string[] {
  const isOurs = ({ userAgent }: Request) => userAgent.startsWith('node-steward');
  const isActing = ({ verb, resource, name }: Request) =>
    (resource === 'nodes' && verb === 'patch' && name === node) ||
    (resource === 'jobs' && verb !== 'get' && verb !== 'list' && verb !== 'watch' && name.includes(id.slice(-12)));
  return requests
    .filter((request) => isOurs(request) && isActing(request) && Date.parse(request.time) > at.getTime())
    .map(({ time, verb, resource }) => `${verb} ${resource} at ${time}, after the end at ${at.toISOString()}`);
}

function wrongRestarts(acts: readonly HostAct[], outcomes: readonly Outcome[], { type, state, at }: Ended): string[] {
  const restarts = acts.filter(({ what }) => what === 'restart');
  if (type !== 'RESTART_KUBELET') return restarts.map(() => 'the kubelet was restarted');
  const found: string[] = [];
  if (restarts.length > 1) found.push(`the kubelet was restarted ${restarts.length} times`);
  if (state === 'SUCCEEDED' && restarts.length === 0) found.push('the kubelet was never restarted');
  const job = outcomes.find(({ action }) => action === 'job.create');
  const claimsNone = !job || !RESTS.includes(job.outcome ?? '');
  if (restarts.length > 0 && claimsNone) found.push(`audit says ${job?.outcome} (${job?.code}), but it was restarted`);
  // A restart that had begun goes on; one that begins later was never to begin.
  const late = restarts.filter((restart) => restart.at > at.getTime());
  if (late.length > 0 && claimsNone) found.push('the kubelet was restarted after the end');
  return found;
}

function wrongLevels(acts: readonly HostAct[], level: number, end: Ended): string[] {
  if (end.type !== 'SET_VERBOSITY') return [];
  const found: string[] = [];
  const late = acts.filter(({ what, value, at }) => what === 'level' && value === end.level && at > end.at.getTime());
  if (late.length > 0) found.push('the level was set after the end');
  if (end.revert === 'DONE' && level === end.level) found.push(`the level is ${level} although the revert is done`);
  if (end.revert === null && level === end.level && end.state !== 'SUCCEEDED') found.push('the level stays for ever');
  return found;
}

function wrongCordon(isCordoned: boolean, { type, state, failure }: Ended): string[] {
  const isWanted = type === 'CORDON' ? state === 'SUCCEEDED' : state !== 'SUCCEEDED';
  if (type !== 'CORDON' && type !== 'UNCORDON') return [];
  if (isCordoned === isWanted || failure.includes('still cordoned')) return [];
  // Who takes back an uncordon that was cancelled is not asked for: only success says what the node is like.
  if (type === 'UNCORDON' && state !== 'SUCCEEDED') return [];
  return [`the node is ${isCordoned ? 'cordoned' : 'not cordoned'}`];
}
