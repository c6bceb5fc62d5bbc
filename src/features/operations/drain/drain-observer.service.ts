import { setTimeout as sleep } from 'node:timers/promises';
import { DomainError } from '../../../kernel/domain-error.js';
import { monotonicNow } from '../../../kernel/monotonic.js';
import { isOutOfReach } from '../../../platform/kubernetes/cluster-unavailable.js';
import type { OperationSession } from '../engine/operation-session.service.js';
import { diagnosePod, isLate } from './drain-diagnosis.js';
import type { BudgetView, DrainGateway, PodView } from './drain-gateway.port.js';
import type { DrainProgress } from './drain-progress.js';
import type { NodeSnapshot } from './node-snapshot.js';
import { outOfReachText } from './out-of-reach-note.service.js';
import type { PodSnapshot } from './pod-snapshot.js';

const FIRST_LOOK_MS = 500;
const LONGEST_PAUSE_MS = 15_000;
/** How often it is worth an Event on the node. */
const LATE_EVERY_MS = 60_000;
/** What was heard of the pods is taken for fresh for so long. */
const FRESH_MS = 20_000;

export interface ObserverParts {
  readonly session: OperationSession;
  readonly gateway: DrainGateway;
  readonly progress: DrainProgress;
  readonly view: PodView;
  readonly budgets: BudgetView;
  readonly readNode: () => Promise<NodeSnapshot>;
  readonly snapshot: (uid: string) => PodSnapshot | undefined;
  /** The node is not in the cluster any more. */
  readonly onNodeGone: (error: DomainError) => void;
}

/** Says why a drain doesn't get on, while it doesn't: in the operation, in its events and on the node. */
export class DrainObserver {
  private last: readonly string[] = [];
  private lastLateAt = Number.NEGATIVE_INFINITY;

  constructor(private readonly parts: ObserverParts) {}

  /** Looks less often the longer nothing changes. Ends with the signal. */
  async watch(signal: AbortSignal): Promise<void> {
    let pause = FIRST_LOOK_MS;
    while (!signal.aborted) {
      await sleep(pause, undefined, { signal }).catch(() => undefined);
      if (signal.aborted) return;
      const changed = await this.look(signal).catch(() => false);
      pause = changed ? FIRST_LOOK_MS * 2 : Math.min(LONGEST_PAUSE_MS, pause * 1.5);
    }
  }

  private async look(signal: AbortSignal): Promise<boolean> {
    const diagnosis = await this.diagnose(signal);
    if (diagnosis.join('\n') === this.last.join('\n')) return false;
    this.last = diagnosis;
    const message = diagnosis.length > 0 ? diagnosis.join('; ') : 'nothing is in the way any more';
    const late = this.isLate() && diagnosis.length > 0 && monotonicNow() - this.lastLateAt > LATE_EVERY_MS;
    if (late) this.lastLateAt = monotonicNow();
    const data = late ? { diagnosis, late } : { diagnosis };
    this.parts.session.note({ findings: { diagnosis }, events: [{ type: 'DIAGNOSIS', message, data }] });
    return true;
  }

  private async diagnose(signal: AbortSignal): Promise<string[]> {
    const { progress, budgets, snapshot, session, view } = this.parts;
    const looked = await this.lookAtNode();
    // A cluster that is away says nothing about any pod, and what was known of them is old.
    if (looked instanceof DomainError) return [outOfReachText(looked)];
    const age = await view.ageMs(FRESH_MS);
    if (age > FRESH_MS) {
      return [`the pods of node ${session.operation.nodeName} were last seen ${Math.round(age / 1000)} s ago`];
    }
    const peers = await this.peers(signal);
    if (peers instanceof DomainError) return [outOfReachText(peers)];
    const pdbs = [...budgets.budgets.values()];
    const now = session.now();
    const texts = [...progress.unsettled(), ...progress.in('FAILED')].flatMap(({ uid, status }) => {
      const pod = snapshot(uid);
      return (pod && diagnosePod({ pod, status, pdbs, peers, node: looked, now })) ?? [];
    });
    return [...new Set(texts)];
  }

  /** A pod that only just outlives its grace period is no reason for an Event. */
  private isLate(): boolean {
    const { progress, snapshot } = this.parts;
    return [...progress.unsettled(), ...progress.in('FAILED')].some(({ uid, status }) => {
      const pod = snapshot(uid);
      return pod !== undefined && isLate(pod, status, this.parts.session.now());
    });
  }

  /** Null: it could not be read, for a reason that lies with the API server. */
  private async lookAtNode(): Promise<NodeSnapshot | DomainError | null> {
    try {
      return await this.parts.readNode();
    } catch (error) {
      if (error instanceof DomainError && error.code === 'NODE_NOT_FOUND') this.parts.onNodeGone(error);
      return isOutOfReach(error) ? error : null;
    }
  }

  /** Pods of the namespaces in which a budget is waited for. */
  private async peers(signal: AbortSignal): Promise<PodSnapshot[] | DomainError> {
    const { progress, gateway, session } = this.parts;
    const waiting = progress.in('BLOCKED').filter(({ status }) => status.reason === 'DISRUPTION_BUDGET');
    const namespaces = new Set(waiting.map((pod) => pod.namespace));
    const { cluster } = session.operation;
    try {
      return (await Promise.all([...namespaces].map((each) => gateway.podsIn(cluster, each, signal)))).flat();
    } catch (error) {
      return isOutOfReach(error) ? error : [];
    }
  }
}
