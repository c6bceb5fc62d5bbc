import { forecastBudgets } from './budget-arithmetic.js';
import type { DrainPodStatus } from './drain-pod-status.js';
import type { NodeSnapshot } from './node-snapshot.js';
import { budgetCovers, type PdbSnapshot } from './pdb-snapshot.js';
import { type PodSnapshot, podKey } from './pod-snapshot.js';

export interface DiagnosisInput {
  readonly pod: PodSnapshot;
  readonly status: DrainPodStatus;
  readonly pdbs: readonly PdbSnapshot[];
  /** Pods of the namespace on all nodes, this one included; those that no budget covers are not looked at. */
  readonly peers: readonly PodSnapshot[];
  /** The pod's node as it is now; null when it could not be read, and then nothing is said of it. */
  readonly node: Pick<NodeSnapshot, 'name' | 'ready' | 'readyChangedAt'> | null;
  readonly now: Date;
}

/** Names of at most this many pods: the sentence is read in chats and in `kubectl describe node`. */
const MOST_NAMES = 3;

/** The taint makes Kubernetes delete the pods and detach their volumes, which is only safe where nothing runs any more. */
const DEAD_NODE_ADVICE =
  'start its kubelet, or if the machine is surely off, taint the node node.kubernetes.io/out-of-service=nodeshutdown:NoExecute';

/** Why this pod is still there, in words that a person can act on; null if nothing is wrong. */
export function diagnosePod(input: DiagnosisInput): string | null {
  const { pod, status } = input;
  switch (status.state) {
    case 'BLOCKED':
      if (status.reason === 'ADMISSION_DENIED') {
        return `${podKey(pod)} is kept by admission, asked again every few seconds: ${status.message}`;
      }
      return status.reason === 'NAMESPACE_TERMINATING'
        ? `${podKey(pod)} waits for its namespace ${pod.namespace}, which is terminating`
        : diagnoseBudget(input);
    case 'TERMINATING':
      return diagnoseTermination(input);
    case 'FAILED':
      return `${podKey(pod)} can't be removed: ${failureText(input)}`;
    case 'PENDING':
      if (status.reason === 'THROTTLED') return `${podKey(pod)} waits: the API server throttles requests`;
      if (status.reason === 'CLUSTER_OUT_OF_REACH') {
        return `${podKey(pod)} is tried again: its request was not answered ${status.unansweredInARow} times in a row`;
      }
      if (status.reason !== 'SERVER_UNAVAILABLE') return null;
      return `${podKey(pod)} is tried again: the API server failed ${status.unavailableInARow} times in a row: ${status.message}`;
    default:
      return null;
  }
}

function diagnoseBudget({ pod, pdbs, peers, status, now }: DiagnosisInput): string {
  const covering = pdbs.filter((pdb) => budgetCovers(pdb, pod));
  const pdb = covering.find((each) => podKey(each) === status.budget) ?? covering[0];
  if (!pdb) return `${podKey(pod)} waits for ${status.budget ? `PDB ${status.budget}` : 'a disruption budget'}`;
  // Asked alone and as if its budget were used up: otherwise a budget that opened a moment ago hides why it was closed.
  const outlook = forecastBudgets([{ pod, action: 'EVICT' }], [{ ...pdb, disruptionsAllowed: 0 }]).outlooks.get(
    pod.uid,
  );
  if (outlook?.outlook === 'NEVER') {
    const advice = outlook.advice[0]?.message;
    const limit = budgetLimit(pdb);
    return `${podKey(pod)} can never pass PDB ${podKey(pdb)} (${pdb.expectedPods} expected, ${limit})${advice ? `: ${advice}` : ''}`;
  }
  if (pdb.observedGeneration < pdb.generation) {
    return `${podKey(pod)} waits for the disruption controller to look at the changed PDB ${podKey(pdb)}`;
  }
  // The going of a pod that is not Ready costs the budget nothing: it needs what the budget asks for, and no pod more.
  const more = pod.ready || pdb.desiredHealthy === 0 ? 1 : 0;
  const needed = Math.min(pdb.expectedPods, pdb.desiredHealthy + more);
  const head = `${podKey(pod)} waits for PDB ${podKey(pdb)}: ${pdb.currentHealthy} of ${pdb.expectedPods} healthy, needs ${needed}`;
  const covered = peers.filter((peer) => budgetCovers(pdb, peer) && peer.uid !== pod.uid);
  const unready = covered.filter((peer) => !peer.ready && peer.phase !== 'Succeeded' && peer.phase !== 'Failed');
  if (!pod.ready) unready.push(pod);
  if (unready.length === 0) return head;
  const named = unready.slice(0, MOST_NAMES).map((peer) => unreadyText(peer, now));
  const others = unready.length - named.length;
  return `${head}; ${named.join('; ')}${others > 0 ? `; and ${others} more` : ''}`;
}

function budgetLimit(pdb: PdbSnapshot): string {
  return pdb.maxUnavailable === null ? `minAvailable ${pdb.minAvailable}` : `maxUnavailable ${pdb.maxUnavailable}`;
}

function unreadyText(pod: PodSnapshot, now: Date): string {
  if (pod.deletionTimestamp) return `${pod.name} is terminating`;
  if (pod.phase === 'Pending' && pod.nodeName === null) {
    return `${pod.name} is Pending since ${clockTime(pod.createdAt, now)}: no node takes it`;
  }
  const since = pod.readyChangedAt ? ` since ${clockTime(pod.readyChangedAt, now)}` : '';
  const reason = pod.waiting[0]?.reason;
  return `${pod.name} is not Ready${since}${reason ? `: ${reason}` : ''}`;
}

/** Quiet until the grace period is over: until then the pod only does what it may. */
function diagnoseTermination({ pod, node, now }: DiagnosisInput): string | null {
  if (!pod.deletionTimestamp) return null;
  const overdue = Math.trunc((now.getTime() - pod.deletionTimestamp.getTime()) / 1000);
  if (overdue <= 0) return null;
  const grace = pod.deletionGracePeriodSeconds ?? pod.terminationGracePeriodSeconds;
  const head = `${podKey(pod)} should be gone: its grace period of ${grace} s ended ${overdue} s ago`;
  if (pod.finalizers.length > 0) return `${head}; it is held by the finalizers ${pod.finalizers.join(', ')}`;
  if (node && !node.ready) {
    const since = node.readyChangedAt ? ` since ${clockTime(node.readyChangedAt, now)}` : '';
    return `${head}; node ${node.name} is not Ready${since}, so that no kubelet confirms its end: ${DEAD_NODE_ADVICE}`;
  }
  return `${head}; the kubelet has not confirmed that its containers ended`;
}

function failureText({ pod, pdbs, status }: DiagnosisInput): string {
  if (status.reason !== 'MULTIPLE_BUDGETS') return status.message ?? status.reason ?? 'no reason was given';
  const names = pdbs.filter((pdb) => budgetCovers(pdb, pod)).map(podKey);
  return `more than one disruption budget covers it (${names.join(', ')}), which the API server refuses to evict under`;
}

/** Hours and minutes in UTC; with the date when it was not today. */
function clockTime(time: Date, now: Date): string {
  const text = time.toISOString();
  return text.slice(0, 10) === now.toISOString().slice(0, 10)
    ? text.slice(11, 16)
    : text.slice(0, 16).replace('T', ' ');
}

/** A kubelet needs some seconds to kill and to report: until then a late pod is no news for the node's own events. */
const TOLERANCE_SECONDS = 10;

export function isLate(pod: PodSnapshot, status: DrainPodStatus, now: Date): boolean {
  if (status.state !== 'TERMINATING' || !pod.deletionTimestamp) return true;
  return now.getTime() - pod.deletionTimestamp.getTime() >= TOLERANCE_SECONDS * 1000;
}
