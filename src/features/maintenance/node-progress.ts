import { isTerminal, runActionOf } from '../operations/model.js';
import {
  expectsOperation,
  type MaintenanceRun,
  type ObservedNode,
  type ObservedOperation,
  operationKey,
  type RunNode,
  type RunObservation,
} from './maintenance-run.js';

/** A node of a run after what was observed of it: its operation ended, it was uncordoned, its gate is open. */
export function progressNode(stored: RunNode, run: MaintenanceRun, seen: RunObservation, now: Date): RunNode {
  const node = adoptOperation(stored, run, seen);
  const observed = seen.nodes.find((each) => each.uid === node.uid);
  const operation = node.operationId === null ? undefined : seen.operations.get(node.operationId);
  const ended = operation && isTerminal(operation.state) ? operation : null;
  switch (node.phase) {
    case 'OPERATING':
      return ended ? afterOperation(node, run, ended, { observed, now }) : node;
    case 'HOLDING':
      return progressHold(node, run, observed, now);
    case 'RELEASING':
      // Drained, and then taken away: there is no cordon left to take back.
      if (!observed) return settle({ ...node, ownCordon: false, failure: NODE_GONE }, run, now);
      if (!ended) return node;
      if (ended.state !== 'SUCCEEDED') return failed(node, ended, now);
      return settle({ ...node, ownCordon: false }, run, now);
    case 'SETTLING':
      return progressGate(node, run, observed, seen, now);
    case 'UNDOING':
      if (!observed) return { ...node, phase: 'UNDONE', ownCordon: false, failure: NODE_GONE, finishedAt: now };
      if (!ended) return node;
      if (ended.state !== 'SUCCEEDED') return failed(node, ended, now);
      return { ...node, phase: 'UNDONE', ownCordon: false, finishedAt: now };
    default:
      return node;
  }
}

/** A finding on a node that is done, as far as it can be. */
const NODE_GONE = { code: 'NODE_GONE', message: 'the node left the cluster while it was worked on' };

function adoptOperation(node: RunNode, run: MaintenanceRun, seen: RunObservation): RunNode {
  if (!expectsOperation(node)) return node;
  const key = operationKey(run, node);
  const found = [...seen.operations].find(([, operation]) => operation.key === key);
  return found ? { ...node, operationId: found[0] } : node;
}

function afterOperation(
  node: RunNode,
  run: MaintenanceRun,
  ended: ObservedOperation,
  { observed, now }: { readonly observed: ObservedNode | undefined; readonly now: Date },
): RunNode {
  const known = { ...node, ownCordon: node.ownCordon || ended.cordonedByUs };
  if (ended.state === 'CANCELLED' && run.state === 'CANCELLING') {
    const failure = { code: 'RUN_CANCELLED', message: 'the run was cancelled while this node was worked on' };
    return { ...known, ownCordon: ended.cordonedByUs, phase: 'SKIPPED', failure, finishedAt: now };
  }
  if (!observed && ended.failure?.code === 'NODE_NOT_FOUND') {
    return { ...known, ownCordon: false, phase: 'SKIPPED', failure: NODE_GONE, finishedAt: now };
  }
  if (ended.state !== 'SUCCEEDED') return failed(known, ended, now);
  switch (runActionOf(run.spec.action).afterwards) {
    case 'RELEASE':
      return known.ownCordon ? { ...known, phase: 'RELEASING', operationId: null } : settle(known, run, now);
    case 'HOLD':
      return { ...known, phase: 'HOLDING', operationId: null };
    case 'DONE':
      return done(known, now);
    case 'SETTLE':
      return settle(known, run, now);
  }
}

function progressHold(node: RunNode, run: MaintenanceRun, observed: ObservedNode | undefined, now: Date): RunNode {
  if (!observed) {
    const failure = { code: 'NODE_REMOVED', message: 'the node was removed from the cluster while it was held' };
    return { ...done(node, now), ownCordon: false, failure };
  }
  return observed.unschedulable ? node : settle({ ...node, ownCordon: false }, run, now);
}

function settle(node: RunNode, run: MaintenanceRun, now: Date): RunNode {
  if (!run.spec.healthGate.enabled) return done(node, now);
  return { ...node, phase: 'SETTLING', operationId: null, settlingSince: now, healthySince: null };
}

function progressGate(
  node: RunNode,
  run: MaintenanceRun,
  observed: ObservedNode | undefined,
  seen: RunObservation,
  now: Date,
): RunNode {
  const { stableSeconds, timeoutSeconds } = run.spec.healthGate;
  const since = node.settlingSince ?? now;
  const wrong = gateFindings(node, observed, seen);
  if (wrong.length === 0) {
    const healthySince = node.healthySince ?? now;
    const stable = now.getTime() - healthySince.getTime() >= stableSeconds * 1000;
    return stable ? done({ ...node, healthySince }, now) : { ...node, healthySince };
  }
  if (now.getTime() - since.getTime() < timeoutSeconds * 1000) return { ...node, healthySince: null };
  const message = `not healthy ${timeoutSeconds} s after the node was done: ${wrong.join('; ')}`;
  return { ...node, phase: 'FAILED', healthySince: null, failure: { code: 'HEALTH_GATE', message }, finishedAt: now };
}

/** What keeps the health gate of a node shut, in words; empty when it is open. */
export function gateFindings(node: RunNode, observed: ObservedNode | undefined, seen: RunObservation): string[] {
  const findings: string[] = [];
  if (observed && !observed.ready) findings.push(`node ${node.name} is not Ready`);
  const unready = seen.unreadyReplacements.get(node.uid) ?? [];
  if (unready.length > 0) {
    const more = unready.length > 3 ? ` and ${unready.length - 3} more` : '';
    findings.push(`replacements not Ready: ${unready.slice(0, 3).join(', ')}${more}`);
  }
  const pending = seen.pendingPods - node.pendingPodsBefore;
  if (pending > 0) findings.push(`${pending} more pods than before find no node`);
  return findings;
}

const done = (node: RunNode, now: Date): RunNode => ({ ...node, phase: 'DONE', operationId: null, finishedAt: now });

function failed(node: RunNode, ended: ObservedOperation, now: Date): RunNode {
  const failure = ended.failure ?? { code: ended.state, message: `its operation ended ${ended.state}` };
  return { ...node, phase: 'FAILED', failure, finishedAt: now };
}
