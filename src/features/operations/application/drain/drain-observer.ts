import { setTimeout as sleep } from 'node:timers/promises';
import type { NodeSnapshot } from '../../domain/cluster-view/node-snapshot.js';
import type { PodSnapshot } from '../../domain/cluster-view/pod-snapshot.js';
import { diagnosePod } from '../../domain/drain/drain-diagnosis.js';
import type { NodeSignals } from '../engine/node-signals.service.js';
import type { OperationSession } from '../engine/operation-session.js';
import type { BudgetView, DrainGateway } from '../ports/drain-gateway.port.js';
import type { DrainProgress } from './drain-progress.js';

const FIRST_LOOK_MS = 500;
const LONGEST_PAUSE_MS = 15_000;
const TELL_NODE_EVERY_MS = 60_000;

export interface ObserverParts {
  readonly session: OperationSession;
  readonly gateway: DrainGateway;
  readonly signals: NodeSignals;
  readonly progress: DrainProgress;
  readonly budgets: BudgetView;
  readonly readNode: () => Promise<NodeSnapshot>;
  readonly snapshot: (uid: string) => PodSnapshot | undefined;
}

/** Says why a drain doesn't get on, while it doesn't: in the operation, in its events and on the node. */
export class DrainObserver {
  private told: readonly string[] = [];
  private toldNodeAt = 0;

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
    if (diagnosis.join('\n') === this.told.join('\n')) return false;
    this.told = diagnosis;
    const message = diagnosis.length > 0 ? diagnosis.join('; ') : 'nothing is in the way any more';
    this.parts.session.note({ findings: { diagnosis }, events: [{ type: 'DIAGNOSIS', message, data: { diagnosis } }] });
    if (diagnosis.length > 0 && Date.now() - this.toldNodeAt > TELL_NODE_EVERY_MS) {
      this.toldNodeAt = Date.now();
      this.parts.signals.tell(this.parts.session, { type: 'Warning', reason: 'DrainBlocked', message });
    }
    return true;
  }

  private async diagnose(signal: AbortSignal): Promise<string[]> {
    const { progress, budgets, snapshot, gateway, session, readNode } = this.parts;
    const waiting = [...progress.unsettled(), ...progress.in('FAILED')];
    const namespaces = new Set(progress.in('BLOCKED').map((pod) => pod.namespace));
    const { cluster } = session.operation;
    const peers = (
      await Promise.all([...namespaces].map((each) => gateway.podsIn(cluster, each, signal).catch(() => [])))
    ).flat();
    // Only who waits for the kubelet needs to know how it is.
    const node = progress.in('TERMINATING').length > 0 ? await readNode().catch(() => null) : null;
    const pdbs = [...budgets.budgets.values()];
    const now = new Date();
    const texts = waiting.flatMap(({ uid, status }) => {
      const pod = snapshot(uid);
      return (pod && diagnosePod({ pod, status, pdbs, peers, node, now })) ?? [];
    });
    return [...new Set(texts)];
  }
}
