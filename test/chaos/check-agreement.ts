import { OPERATION_MARK } from '../../src/features/operations/cordon/cordon-marks.js';
import type { ChaosStage } from './chaos-stage.js';

interface PodIntent {
  readonly uid: string;
  readonly name: string;
  readonly outcome: string | null;
  readonly code: string | null;
  readonly message: string | null;
}

interface Eviction {
  readonly time: string;
  readonly uid: string;
  readonly name: string;
}

const INTENTS = `SELECT i.resource_uid AS uid, i.resource_name AS name, o.outcome, o.error->>'code' AS code,
    o.error->>'message' AS message
  FROM audit_events i LEFT JOIN audit_events o ON o.intent_id = i.id AND o.kind = 'OUTCOME'
  WHERE i.correlation_id = $1 AND i.kind = 'INTENT' AND i.action IN ('pod.evict', 'pod.delete')`;

interface End {
  readonly state: string;
  readonly at: Date;
  /** Whether it ended in a way that takes its own cordon back. */
  readonly restores: boolean;
  readonly failure: string;
}

const ENDED_AT = `SELECT state, (SELECT max(at) FROM operation_events WHERE operation_id = o.id AND type = 'STATE') AS at,
    CASE state WHEN 'SUCCEEDED' THEN false WHEN 'CANCELLED' THEN coalesce((cancel->>'restore')::boolean, true)
      ELSE restore_on_failure END AS restores, coalesce(failure->>'message', '') AS failure
  FROM operations o WHERE id = $1`;

/**
 * Compares what the product says of a drain that has ended with the cluster's own record, pod by pod. Times are those of
 * the database and of the simulated cluster, which share this machine's clock; workers' clocks play no part.
 */
export async function checkAgreement(stage: ChaosStage, operationId: string, node: string): Promise<string[]> {
  const { rows: intents } = await stage.database.query<PodIntent>(INTENTS, [operationId]);
  const { rows: ends } = await stage.database.query<End>(ENDED_AT, [operationId]);
  const end = ends[0] as End;
  const log = await stage.installation.cluster.call<{ evictions: Eviction[] }>('GET', '/simulation/evictions');
  const requests = await stage.installation.cluster.call('GET', '/simulation/requests');
  const planned = new Set(intents.map(({ uid }) => uid));
  const evictions = log.evictions.filter(({ uid }) => planned.has(uid));
  const where = `operation ${operationId} (${end.state}) on ${node}`;
  return [
    ...evictions
      .filter(({ time }) => Date.parse(time) > end.at.getTime())
      .map(({ name, time }) => `${where}: ${name} was evicted at ${time}, after the end at ${end.at.toISOString()}`),
    ...lateNodeChanges(requests.requests, node, end.at).map((text) => `${where}: ${text}`),
    ...keptCordon(await stage.installation.cluster.call('GET', `/api/v1/nodes/${node}`), operationId, end).map(
      (text) => `${where}: ${text}`,
    ),
    ...contradictions(intents, new Set(evictions.map(({ uid }) => uid))).map((text) => `${where}: ${text}`),
  ];
}

function lateNodeChanges(
  requests: readonly { time: string; verb: string; resource: string; name: string; userAgent: string }[],
  node: string,
  endedAt: Date,
): string[] {
  return requests
    .filter(({ resource, verb, name, userAgent }) => {
      return resource === 'nodes' && verb === 'patch' && name === node && userAgent.startsWith('node-steward');
    })
    .filter(({ time }) => Date.parse(time) > endedAt.getTime())
    .map(({ time }) => `the node was changed at ${time}, after the end at ${endedAt.toISOString()}`);
}

/** A cordon that is left behind although the end takes it back, without a word that it could not be. */
function keptCordon(
  { metadata, spec }: { metadata: { annotations?: Record<string, string> }; spec: { unschedulable?: boolean } },
  operationId: string,
  { restores, failure }: End,
): string[] {
  const isMarked = metadata.annotations?.[OPERATION_MARK] === operationId;
  if (!restores || !isMarked || failure.includes('the node is still cordoned')) return [];
  return [`the node keeps the mark of its cordon (unschedulable: ${spec.unschedulable ?? false})`];
}

/** An intent has one outcome at least, and it says what the cluster saw. */
function contradictions(intents: readonly PodIntent[], evicted: ReadonlySet<string>): string[] {
  return intents.flatMap(({ uid, name, outcome, code, message }) => {
    if (outcome === null) return [`the intent to remove ${name} has no outcome`];
    // Given up for another intent on the same pod, which is compared by itself.
    if (code === 'ESCALATED') return [];
    const why = [code, message].filter(Boolean).join(': ');
    if (outcome !== 'SUCCEEDED' && evicted.has(uid))
      return [`audit says ${outcome} of ${name} (${why}), but it was evicted`];
    return [];
  });
}
