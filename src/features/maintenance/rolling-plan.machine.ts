import { runActionOf } from '../operations/model.js';
import {
  expectsOperation,
  isActivePhase,
  isRunOver,
  type MaintenanceRun,
  type ObservedNode,
  operationKey,
  type RunAction,
  type RunNode,
  type RunObservation,
  type RunState,
} from './maintenance-run.js';
import { gateFindings, progressNode } from './node-progress.js';
import { chooseStarts } from './start-candidates.js';

export interface NextActions {
  readonly run: MaintenanceRun;
  /** To carry out after `run` is saved, or in the same transaction. */
  readonly actions: readonly RunAction[];
  /** Why the run does not go on faster, in words. */
  readonly waiting: readonly string[];
  /** When to look again even if nothing is observed; null: only an observation can change anything. */
  readonly wakeAt: Date | null;
}

/**
 * The whole rolling run as one function of what is stored and what is seen. It may be asked at any time and as often as one
 * likes: what was already done is not asked for again, and what a crash swallowed is.
 */
export function nextActions(before: MaintenanceRun, seen: RunObservation, now: Date): NextActions {
  if (isRunOver(before.state)) return { run: before, actions: [], waiting: [], wakeAt: null };
  // A cluster has nodes: without any, the reader is blind, and every node would be taken for removed.
  if (seen.nodes.length === 0) {
    return { run: before, actions: [], waiting: ['no node of the cluster could be seen'], wakeAt: null };
  }
  let run: MaintenanceRun = { ...before, nodes: before.nodes.map((node) => progressNode(node, before, seen, now)) };
  const waiting = run.nodes.flatMap((node) => (node.phase === 'SETTLING' ? gateText(node, seen) : []));
  if (run.state === 'CANCELLING') run = undo(run, now);
  else if (run.state === 'RUNNING') {
    run = resolveNodes(run, seen.nodes, now);
    run = passCanary(run, now);
    if (run.state === 'RUNNING' && !mustStop(run)) run = begin(run, seen, now, waiting);
  }
  run = finishRun(run, now);
  return { run, actions: actionsOf(run, seen), waiting, wakeAt: wakeTime(run) };
}

/** The selection is looked at again each time: nodes come, go and change their labels while a run takes hours. */
function resolveNodes(run: MaintenanceRun, observed: readonly ObservedNode[], now: Date): MaintenanceRun {
  const byUid = new Map(observed.map((node) => [node.uid, node]));
  const nodes = run.nodes.map((node) => {
    if (node.phase !== 'PENDING') return node;
    const current = byUid.get(node.uid);
    if (!current) return skipped(node, 'NODE_GONE', 'the node is not in the cluster any more', now);
    if (!current.selected) return skipped(node, 'NOT_SELECTED', 'the node is not selected any more', now);
    return node;
  });
  const known = new Set(nodes.map((node) => node.uid));
  const doneNames = new Set(nodes.filter((node) => node.phase === 'DONE').map((node) => node.name));
  const added = observed
    .filter((node) => node.selected && !known.has(node.uid) && !doneNames.has(node.name))
    .map(newRunNode);
  return { ...run, nodes: [...nodes, ...added] };
}

const newRunNode = ({ name, uid, zone, controlPlane }: ObservedNode): RunNode => ({
  name,
  uid,
  zone,
  controlPlane,
  canary: false,
  phase: 'PENDING',
  operationId: null,
  ownCordon: false,
  undoTried: false,
  pendingPodsBefore: 0,
  startedAt: null,
  settlingSince: null,
  healthySince: null,
  finishedAt: null,
  failure: null,
});

const skipped = (node: RunNode, code: string, message: string, now: Date): RunNode => ({
  ...node,
  phase: 'SKIPPED',
  failure: { code, message },
  finishedAt: now,
});

/** Workers of the first zone, so that a bad change meets the smallest part of the cluster and never its control plane first. */
function markCanaries(run: MaintenanceRun, nodes: readonly RunNode[]): RunNode[] {
  if (run.canaryPassed || !run.spec.canary) return [...nodes];
  const missing = run.spec.canary.count - nodes.filter((node) => node.canary && node.phase !== 'SKIPPED').length;
  const sorted = nodes
    .filter((node) => node.phase === 'PENDING' && !node.canary)
    .sort(
      (a, b) =>
        Number(a.controlPlane) - Number(b.controlPlane) ||
        (a.zone ?? '').localeCompare(b.zone ?? '') ||
        (a.name < b.name ? -1 : 1),
    );
  const chosen = new Set(sorted.slice(0, Math.max(0, missing)).map((node) => node.uid));
  return nodes.map((node) => (chosen.has(node.uid) ? { ...node, canary: true } : node));
}

/** After the canaries: on by itself after the soak time, or paused until a person resumes. */
function passCanary(run: MaintenanceRun, now: Date): MaintenanceRun {
  const { canary } = run.spec;
  if (run.canaryPassed || !canary) return run;
  const marked = markCanaries(run, run.nodes);
  const current = { ...run, nodes: marked };
  const canaries = marked.filter((node) => node.canary && node.phase !== 'SKIPPED');
  if (canaries.length === 0 || canaries.some((node) => node.phase !== 'DONE')) return current;
  if (marked.every((node) => node.phase !== 'PENDING')) return current;
  if (canary.soakSeconds === null) {
    return { ...current, state: 'PAUSED', pause: { reason: 'CANARY_GATE', at: now, by: 'system:run' } };
  }
  const last = soakStart(canaries);
  return now.getTime() - last >= canary.soakSeconds * 1000 ? { ...current, canaryPassed: true } : current;
}

const soakStart = (canaries: readonly RunNode[]): number =>
  Math.max(...canaries.map((node) => node.finishedAt?.getTime() ?? 0));

/** A failed canary stops the run whatever the failure policy: that is what it is for. */
const mustStop = (run: MaintenanceRun): boolean =>
  run.nodes.some((node) => node.phase === 'FAILED' && (run.spec.onNodeFailure === 'STOP' || node.canary));

function begin(run: MaintenanceRun, seen: RunObservation, now: Date, waiting: string[]): MaintenanceRun {
  const choice = chooseStarts(run, seen.nodes);
  waiting.push(...choice.waiting);
  const nodes = run.nodes.map((node) => {
    const refusal = choice.skip.find((each) => each.uid === node.uid);
    if (refusal) return skipped(node, refusal.code, refusal.message, now);
    if (!choice.start.includes(node.uid)) return node;
    return { ...node, phase: 'OPERATING' as const, pendingPodsBefore: seen.pendingPods, startedAt: now };
  });
  return { ...run, nodes };
}

/** On cancel: nothing new; nodes that were only watched are let go; own cordons are taken back if asked for. */
function undo(run: MaintenanceRun, now: Date): MaintenanceRun {
  const wanted = run.cancel?.undo ?? true;
  const nodes = run.nodes.map((node): RunNode => {
    if (node.phase === 'OPERATING' && node.operationId === null) {
      return skipped(node, 'RUN_CANCELLED', 'the run was cancelled before this node was begun', now);
    }
    if (node.phase === 'PENDING') return skipped(node, 'RUN_CANCELLED', 'the run was cancelled before its turn', now);
    const underWay = node.operationId !== null && (node.phase === 'OPERATING' || node.phase === 'RELEASING');
    if (underWay || node.phase === 'UNDOING') return node;
    if (wanted && node.ownCordon && !node.undoTried) {
      return { ...node, phase: 'UNDOING', operationId: null, undoTried: true, finishedAt: null };
    }
    if (isActivePhase(node.phase)) return { ...node, phase: 'DONE', operationId: null, finishedAt: now };
    return node;
  });
  return { ...run, nodes };
}

function finishRun(run: MaintenanceRun, now: Date): MaintenanceRun {
  const busy = run.nodes.some((node) => isActivePhase(node.phase) && node.phase !== 'HOLDING');
  const held = run.nodes.some((node) => node.phase === 'HOLDING');
  const failures = run.nodes.filter((node) => node.phase === 'FAILED');
  const end = (state: RunState): MaintenanceRun => {
    const message = failures.map((node) => `${node.name}: ${node.failure?.message ?? 'failed'}`).join('; ');
    const failure = failures.length > 0 ? { code: 'NODES_FAILED', message } : null;
    return { ...run, state, finishedAt: now, failure };
  };
  if (busy) return run;
  if (run.state === 'CANCELLING') return end('CANCELLED');
  if (run.state !== 'RUNNING') return run;
  // Held nodes stay with whoever works on them: a stopped run does not wait for that.
  if (mustStop(run)) return end('FAILED');
  if (held || run.nodes.some((node) => node.phase === 'PENDING')) return run;
  return end(failures.length > 0 ? 'FAILED' : 'SUCCEEDED');
}

function actionsOf(run: MaintenanceRun, seen: RunObservation): RunAction[] {
  const actions: RunAction[] = [];
  for (const node of run.nodes) {
    if (expectsOperation(node)) {
      const type = node.phase === 'OPERATING' ? runActionOf(run.spec.action).operation.type : 'UNCORDON';
      const key = operationKey(run, node);
      actions.push({ kind: 'START_OPERATION', node: node.name, nodeUid: node.uid, type, key });
    } else if (run.state === 'CANCELLING' && node.phase === 'OPERATING' && node.operationId !== null) {
      const state = seen.operations.get(node.operationId)?.state;
      const running = state === undefined || state === 'QUEUED' || state === 'RUNNING';
      const restore = run.cancel?.undo ?? true;
      if (running) actions.push({ kind: 'CANCEL_OPERATION', operationId: node.operationId, restore });
    }
  }
  return actions;
}

const gateText = (node: RunNode, seen: RunObservation): string[] =>
  gateFindings(
    node,
    seen.nodes.find((each) => each.uid === node.uid),
    seen,
  ).map((finding) => `health gate of ${node.name}: ${finding}`);

/** Gates and soak times end by the clock alone. */
function wakeTime(run: MaintenanceRun): Date | null {
  if (isRunOver(run.state)) return null;
  const { healthGate, canary } = run.spec;
  const times: number[] = [];
  for (const node of run.nodes) {
    if (node.phase !== 'SETTLING') continue;
    if (node.healthySince) times.push(node.healthySince.getTime() + healthGate.stableSeconds * 1000);
    else if (node.settlingSince) times.push(node.settlingSince.getTime() + healthGate.timeoutSeconds * 1000);
  }
  const canaries = run.nodes.filter((node) => node.canary && node.phase === 'DONE');
  if (run.state === 'RUNNING' && !run.canaryPassed && canary && canary.soakSeconds !== null && canaries.length > 0) {
    times.push(soakStart(canaries) + canary.soakSeconds * 1000);
  }
  return times.length > 0 ? new Date(Math.min(...times)) : null;
}
