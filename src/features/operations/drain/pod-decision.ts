import { type LabelSelector, matchesLabels, parseLabelSelector } from '../../../kernel/label-selector.js';
import type { DrainOptions } from './drain-options.js';
import { isDaemonSet, isFinished, type PodSnapshot } from './pod-snapshot.js';
import { overdueAt } from './pod-timing.js';

/**
 * What a drain does with a pod: EVICT and DELETE remove it, IGNORE keeps it and says so, SKIP keeps it without a word (as
 * kubectl does), BLOCK means that it can't be handled with these options, and then nothing on the node is removed.
 */
export type PodAction = 'EVICT' | 'DELETE' | 'IGNORE' | 'SKIP' | 'BLOCK';

export type DecisionCode =
  | 'NOT_SELECTED'
  | 'DELETION_OVERDUE'
  | 'MIRROR_POD'
  | 'DAEMON_SET_POD'
  | 'DAEMON_SET_GONE'
  | 'DAEMON_SET_UNREADABLE'
  | 'LOCAL_STORAGE'
  | 'UNMANAGED'
  | 'ALREADY_TERMINATING'
  | 'FINISHED';

export interface DecisionNote {
  readonly code: DecisionCode;
  readonly severity: 'INFO' | 'WARNING' | 'ERROR';
  /** kubectl's words, for who knows them. */
  readonly message: string;
  /** The option that would change an ERROR. */
  readonly option?: 'force' | 'ignoreDaemonSets' | 'deleteEmptyDirData';
}

export interface PodDecision {
  readonly action: PodAction;
  /** Every note, in the order of the filters: kubectl keeps only the last. */
  readonly notes: readonly DecisionNote[];
}

export type DaemonSetPresence = 'PRESENT' | 'ABSENT' | 'UNKNOWN';

export interface DecisionContext {
  readonly options: DrainOptions;
  readonly now: Date;
  /** Whether the `apps/v1` DaemonSet exists. */
  readonly daemonSet: (namespace: string, name: string) => DaemonSetPresence;
  /** False where the API server doesn't offer `pods/eviction`. */
  readonly evictionSupported: boolean;
}

type FilterResult = { readonly verdict: 'PASS' | 'IGNORE' | 'SKIP' | 'BLOCK'; readonly note?: DecisionNote };
type PodFilter = (pod: PodSnapshot, context: DecisionContext) => FilterResult;

const PASS: FilterResult = { verdict: 'PASS' };

/** The order is kubectl's, and the first filter that refuses ends the chain. */
const FILTERS: readonly PodFilter[] = [
  selectedFilter,
  overdueFilter,
  daemonSetFilter,
  mirrorFilter,
  localStorageFilter,
  unmanagedFilter,
];

export function decidePod(pod: PodSnapshot, context: DecisionContext): PodDecision {
  const notes: DecisionNote[] = [];
  for (const filter of FILTERS) {
    const { verdict, note } = filter(pod, context);
    if (note) notes.push(note);
    if (verdict !== 'PASS') return { action: verdict, notes };
  }
  if (pod.deletionTimestamp) notes.push(info('ALREADY_TERMINATING', 'already terminating, only waited for'));
  else if (isFinished(pod)) notes.push(info('FINISHED', `finished (${pod.phase}), removed without asking a budget`));
  const evict = context.evictionSupported && !context.options.disableEviction;
  return { action: evict ? 'EVICT' : 'DELETE', notes };
}

export const isRemoval = (action: PodAction): boolean => action === 'EVICT' || action === 'DELETE';

const selectors = new Map<string, LabelSelector>();

/** kubectl never lists pods that its selector leaves out. */
function selectedFilter(pod: PodSnapshot, { options }: DecisionContext): FilterResult {
  if (options.podSelector === '') return PASS;
  let selector = selectors.get(options.podSelector);
  if (!selector) {
    if (selectors.size > 100) selectors.clear();
    selector = parseLabelSelector(options.podSelector);
    selectors.set(options.podSelector, selector);
  }
  if (matchesLabels(selector, pod.labels)) return PASS;
  return { verdict: 'SKIP', note: info('NOT_SELECTED', `does not match the pod selector ${options.podSelector}`) };
}

function overdueFilter(pod: PodSnapshot, { options, now }: DecisionContext): FilterResult {
  if (!pod.deletionTimestamp || now.getTime() < overdueAt(pod.deletionTimestamp, options)) return PASS;
  const overdue = Math.trunc((now.getTime() - pod.deletionTimestamp.getTime()) / 1000);
  return { verdict: 'SKIP', note: info('DELETION_OVERDUE', `should have been gone ${overdue} s ago, not waited for`) };
}

/** As kubectl since 1.35, by group and kind: a controller of another group that is called DaemonSet is like any other. */
function daemonSetFilter(pod: PodSnapshot, { options, daemonSet }: DecisionContext): FilterResult {
  const controller = pod.controller;
  if (!controller || !isDaemonSet(controller) || isFinished(pod)) return PASS;
  const presence = daemonSet(pod.namespace, controller.name);
  if (presence === 'UNKNOWN') {
    const message = `DaemonSet ${pod.namespace}/${controller.name} could not be read`;
    return { verdict: 'BLOCK', note: { code: 'DAEMON_SET_UNREADABLE', severity: 'ERROR', message } };
  }
  if (presence === 'ABSENT') {
    const message = `daemonsets.apps "${controller.name}" not found`;
    if (options.force) return { verdict: 'PASS', note: { code: 'DAEMON_SET_GONE', severity: 'WARNING', message } };
    return { verdict: 'BLOCK', note: { code: 'DAEMON_SET_GONE', severity: 'ERROR', message, option: 'force' } };
  }
  if (options.ignoreDaemonSets) {
    return { verdict: 'IGNORE', note: warning('DAEMON_SET_POD', 'ignoring DaemonSet-managed Pods') };
  }
  const message = 'cannot delete DaemonSet-managed Pods (use --ignore-daemonsets to ignore)';
  return { verdict: 'BLOCK', note: { code: 'DAEMON_SET_POD', severity: 'ERROR', message, option: 'ignoreDaemonSets' } };
}

function mirrorFilter(pod: PodSnapshot): FilterResult {
  if (!pod.isMirror) return PASS;
  return { verdict: 'SKIP', note: info('MIRROR_POD', 'static pod, run by the kubelet from a file') };
}

function localStorageFilter(pod: PodSnapshot, { options }: DecisionContext): FilterResult {
  if (pod.emptyDirVolumes.length === 0 || isFinished(pod)) return PASS;
  if (options.deleteEmptyDirData) {
    return { verdict: 'PASS', note: warning('LOCAL_STORAGE', 'deleting Pods with local storage') };
  }
  const message = 'cannot delete Pods with local storage (use --delete-emptydir-data to override)';
  return {
    verdict: 'BLOCK',
    note: { code: 'LOCAL_STORAGE', severity: 'ERROR', message, option: 'deleteEmptyDirData' },
  };
}

function unmanagedFilter(pod: PodSnapshot, { options }: DecisionContext): FilterResult {
  if (isFinished(pod) || pod.controller) return PASS;
  if (options.force) return { verdict: 'PASS', note: warning('UNMANAGED', 'deleting Pods that declare no controller') };
  const message = 'cannot delete Pods that declare no controller (use --force to override)';
  return { verdict: 'BLOCK', note: { code: 'UNMANAGED', severity: 'ERROR', message, option: 'force' } };
}

function info(code: DecisionCode, message: string): DecisionNote {
  return { code, severity: 'INFO', message };
}

function warning(code: DecisionCode, message: string): DecisionNote {
  return { code, severity: 'WARNING', message };
}
