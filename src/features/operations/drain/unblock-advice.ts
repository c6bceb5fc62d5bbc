import type { OutlookReason } from './eviction-rule.js';
import type { PdbSnapshot } from './pdb-snapshot.js';
import { type ControllerRef, type PodSnapshot, podKey } from './pod-snapshot.js';

export type AdviceKind =
  | 'WAIT'
  | 'MAKE_READY'
  | 'SCALE_UP'
  | 'SURGE'
  | 'RELAX_BUDGET'
  | 'ALLOW_UNHEALTHY'
  | 'REMOVE_BUDGET'
  | 'REPAIR_BUDGET'
  | 'DISABLE_EVICTION'
  | 'ESCALATE';

/** One thing that a person can do about a pod that does not go. */
export interface UnblockAdvice {
  readonly kind: AdviceKind;
  readonly message: string;
}

const advice = (kind: AdviceKind, message: string): UnblockAdvice => ({ kind, message });

/** The least harmful first. Options of the drain come last, since they break what the budget protects. */
export function unblockAdvice(
  reason: OutlookReason,
  pod: PodSnapshot,
  budgets: readonly PdbSnapshot[],
): UnblockAdvice[] {
  const [pdb] = budgets;
  if (!pdb) return [];
  switch (reason) {
    case 'MULTIPLE_BUDGETS': {
      const names = budgets.map(podKey).join(', ');
      return [
        advice('REMOVE_BUDGET', `leave one of the budgets ${names} for this pod: narrow a selector or delete a budget`),
        advice('DISABLE_EVICTION', 'drain with disableEviction, which deletes without asking any budget'),
      ];
    }
    case 'BUDGET_STATUS_STALE':
      return [advice('WAIT', `the disruption controller has yet to look at the last change of PDB ${podKey(pdb)}`)];
    case 'BUDGET_INVALID':
      return [advice('REPAIR_BUDGET', `the status of PDB ${podKey(pdb)} is not valid; delete and create the budget`)];
    case 'BUDGET_EXHAUSTED':
      return waitAdvice(pod, pdb);
    case 'BUDGET_NEVER_OPENS':
      return neverAdvice(pod, pdb);
    default:
      return [];
  }
}

function waitAdvice(pod: PodSnapshot, pdb: PdbSnapshot): UnblockAdvice[] {
  const missing = pdb.expectedPods - pdb.currentHealthy;
  const list = [
    missing > 0
      ? advice(
          'MAKE_READY',
          `${missing} of ${pdb.expectedPods} pods of PDB ${podKey(pdb)} are not healthy; get them Ready`,
        )
      : advice('WAIT', `PDB ${podKey(pdb)} opens again when the replacement of an evicted pod is Ready`),
  ];
  if (!pod.ready && pdb.unhealthyPodEvictionPolicy === 'IfHealthyBudget') list.push(allowUnhealthy(pdb));
  return list;
}

function neverAdvice(pod: PodSnapshot, pdb: PdbSnapshot): UnblockAdvice[] {
  const list: UnblockAdvice[] = [];
  const { controller } = pod;
  if (pdb.expectedPods <= 0) {
    list.push(
      advice('REPAIR_BUDGET', `PDB ${podKey(pdb)} counts no expected pods: its pods need a controller with a scale`),
    );
  } else if (controller && pdb.maxUnavailable === null && typeof pdb.minAvailable === 'number') {
    list.push(
      advice('SCALE_UP', `scale ${nameOf(pod.namespace, controller)} to at least ${pdb.minAvailable + 1} replicas`),
    );
    list.push(
      advice('SURGE', 'or restart it with a rolling update that surges, so that a pod elsewhere is Ready first'),
    );
  }
  if (!pod.ready && pdb.unhealthyPodEvictionPolicy === 'IfHealthyBudget') list.push(allowUnhealthy(pdb));
  list.push(advice('RELAX_BUDGET', relaxation(pdb)));
  list.push(advice('ESCALATE', 'set escalateAfterSeconds: the pod is deleted against its budget after that time'));
  list.push(advice('DISABLE_EVICTION', 'drain with disableEviction, which deletes without asking any budget'));
  return list;
}

const allowUnhealthy = (pdb: PdbSnapshot): UnblockAdvice =>
  advice(
    'ALLOW_UNHEALTHY',
    `set unhealthyPodEvictionPolicy: AlwaysAllow in PDB ${podKey(pdb)}, since this pod is not Ready`,
  );

/** The replica set is the deployment's business: people scale the deployment. */
function nameOf(namespace: string, controller: ControllerRef): string {
  if (controller.kind === 'ReplicaSet') return `the owner of ReplicaSet ${namespace}/${controller.name}`;
  return `${controller.kind} ${namespace}/${controller.name}`;
}

function relaxation(pdb: PdbSnapshot): string {
  const name = podKey(pdb);
  if (pdb.maxUnavailable !== null) return `raise maxUnavailable of PDB ${name} above ${pdb.maxUnavailable}`;
  return `lower minAvailable of PDB ${name} below ${pdb.minAvailable ?? 'its value'}`;
}
