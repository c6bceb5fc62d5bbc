import type { NewAuditEvent } from '../../audit/index.js';
import type { OperationPod } from '../engine/operation-pod.js';
import type { OperationRecord } from '../engine/operation-record.js';
import { auditLinks } from '../engine/operation-record.js';

/** The audit intent of removing one pod, in the name of who asked for the drain. */
export function removalIntent(
  operation: OperationRecord,
  { uid, namespace, name, notes, controller }: OperationPod,
  method: 'EVICT' | 'DELETE',
): NewAuditEvent {
  const { cluster, nodeName, caller, reason, ticket, policyIds } = operation;
  return {
    kind: 'INTENT',
    caller,
    action: method === 'EVICT' ? 'pod.evict' : 'pod.delete',
    resource: { type: 'Pod', cluster, namespace, name, uid },
    ...auditLinks(operation),
    reason,
    ...(ticket ? { ticket } : {}),
    policyIds: [...policyIds],
    before: { node: nodeName, controller },
    after: { method, notes: notes.map((note) => note.code) },
  };
}
