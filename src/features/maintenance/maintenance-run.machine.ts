import type { OperationFailure } from '../operations/model.js';
import { expectsOperation, isRunOver, type MaintenanceRun, type RunNode } from './maintenance-run.js';

/** What people and the engine tell a run. What follows from the cluster is `nextActions`. */
export type RunEvent =
  /** Its approval is complete: it begins. */
  | { readonly type: 'APPROVED' }
  /** It will never be approved. */
  | { readonly type: 'REFUSED'; readonly failure: OperationFailure }
  | { readonly type: 'PAUSE'; readonly by: string; readonly reason: 'REQUESTED' | 'FREEZE_WINDOW' }
  /** Also opens the gate after the canary nodes. */
  | { readonly type: 'RESUME'; readonly by: string }
  | { readonly type: 'CANCEL'; readonly by: string; readonly undo: boolean }
  /** A held node may go back to work. */
  | { readonly type: 'RELEASE'; readonly nodeUid: string }
  /** The operation that an action asked for was created. */
  | { readonly type: 'OPERATION_STARTED'; readonly nodeUid: string; readonly operationId: string }
  /** It was not: another one holds the node, or whoever asked may no longer act on it. */
  | { readonly type: 'OPERATION_REFUSED'; readonly nodeUid: string; readonly code: string; readonly message: string };

export type RunRejection =
  | 'RUN_FINISHED'
  | 'NOT_APPROVED'
  | 'NOT_WAITING'
  | 'ALREADY_PAUSED'
  | 'NOT_PAUSED'
  | 'ALREADY_CANCELLING'
  | 'UNKNOWN_NODE'
  | 'NOT_HELD'
  | 'NO_OPERATION_EXPECTED';

export type RunDecision =
  | { readonly next: MaintenanceRun; readonly rejection?: undefined }
  | { readonly rejection: RunRejection };

const reject = (rejection: RunRejection): RunDecision => ({ rejection });

export function decideRun(run: MaintenanceRun, event: RunEvent, now: Date): RunDecision {
  if (isRunOver(run.state)) return reject('RUN_FINISHED');
  const waits = run.state === 'AWAITING_APPROVAL';
  if (waits && event.type !== 'APPROVED' && event.type !== 'REFUSED') return reject('NOT_APPROVED');
  switch (event.type) {
    case 'APPROVED':
      return waits ? { next: { ...run, state: 'RUNNING', startedAt: now } } : reject('NOT_WAITING');
    case 'REFUSED':
      if (!waits) return reject('NOT_WAITING');
      return { next: { ...run, state: 'CANCELLED', finishedAt: now, failure: event.failure } };
    case 'PAUSE':
      if (run.state === 'CANCELLING') return reject('ALREADY_CANCELLING');
      if (run.state === 'PAUSED') return reject('ALREADY_PAUSED');
      return { next: { ...run, state: 'PAUSED', pause: { reason: event.reason, at: now, by: event.by } } };
    case 'RESUME': {
      if (run.state !== 'PAUSED') return reject(run.state === 'CANCELLING' ? 'ALREADY_CANCELLING' : 'NOT_PAUSED');
      const canaryPassed = run.canaryPassed || run.pause?.reason === 'CANARY_GATE';
      return { next: { ...run, state: 'RUNNING', pause: null, canaryPassed } };
    }
    case 'CANCEL':
      if (run.state === 'CANCELLING') return reject('ALREADY_CANCELLING');
      return {
        next: { ...run, state: 'CANCELLING', pause: null, cancel: { at: now, by: event.by, undo: event.undo } },
      };
    case 'RELEASE':
      return changeNode(run, event.nodeUid, (node) => {
        if (node.phase !== 'HOLDING') return 'NOT_HELD';
        if (!node.ownCordon) return { ...node, phase: 'SETTLING', settlingSince: now };
        return { ...node, phase: 'RELEASING', operationId: null };
      });
    case 'OPERATION_STARTED':
      return changeNode(run, event.nodeUid, (node) =>
        expectsOperation(node) ? { ...node, operationId: event.operationId } : 'NO_OPERATION_EXPECTED',
      );
    case 'OPERATION_REFUSED':
      return changeNode(run, event.nodeUid, (node) => {
        if (!expectsOperation(node)) return 'NO_OPERATION_EXPECTED';
        if (event.code === 'NODE_NOT_FOUND') {
          // After its drain the next look at the nodes shows that too, and settles it.
          if (node.phase !== 'OPERATING') return node;
          return { ...node, phase: 'SKIPPED', failure: { code: 'NODE_GONE', message: event.message }, finishedAt: now };
        }
        if (event.code !== 'OPERATION_IN_PROGRESS') {
          return { ...node, phase: 'FAILED', failure: { code: event.code, message: event.message }, finishedAt: now };
        }
        // Somebody else was quicker: a first step waits for its turn again, a later one is asked for again.
        return node.phase === 'OPERATING' ? { ...node, phase: 'PENDING', startedAt: null } : node;
      });
  }
}

function changeNode(run: MaintenanceRun, uid: string, change: (node: RunNode) => RunNode | RunRejection): RunDecision {
  const node = run.nodes.find((each) => each.uid === uid);
  if (!node) return reject('UNKNOWN_NODE');
  const changed = change(node);
  if (typeof changed === 'string') return reject(changed);
  return { next: { ...run, nodes: run.nodes.map((each) => (each === node ? changed : each)) } };
}
