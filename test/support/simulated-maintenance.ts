import {
  isRunOver,
  type MaintenanceRun,
  newMaintenanceRun,
  type ObservedNode,
  type ObservedOperation,
  type RunAction,
} from '../../src/features/maintenance/maintenance-run.js';
import { decideRun, type RunEvent } from '../../src/features/maintenance/maintenance-run.machine.js';
import { type MaintenanceSpecInput, maintenanceSpecFrom } from '../../src/features/maintenance/maintenance-spec.js';
import { nextActions } from '../../src/features/maintenance/rolling-plan.machine.js';
import { NOON, secondsAfter } from './sample-snapshots.js';

export const observedNode = (name: string, changes: Partial<ObservedNode> = {}): ObservedNode => ({
  name,
  uid: `uid-${name}`,
  zone: 'zone-a',
  controlPlane: false,
  ready: true,
  unschedulable: false,
  selected: true,
  etcdHealthy: null,
  busy: false,
  ...changes,
});

interface RunningOperation {
  readonly key: string;
  readonly action: Extract<RunAction, { kind: 'START_OPERATION' }>;
  status: ObservedOperation;
  endsAt: number;
}

/** A cluster with an engine that carries out what a run asks for, one second at a time; it can lose what it was told. */
export class SimulatedMaintenance {
  run: MaintenanceRun;
  second = 0;
  waiting: readonly string[] = [];
  pendingPods = 0;
  readonly operations = new Map<string, RunningOperation>();
  /** Keys of actions in the order in which their operations were created. */
  readonly started: string[] = [];
  /** The most nodes at the same time that were under a disruptive operation, cordoned or not Ready. */
  mostUnavailable = 0;
  mostControlPlane = 0;

  constructor(
    readonly nodes: ObservedNode[],
    spec: Partial<MaintenanceSpecInput>,
    private readonly behaviour: {
      readonly seconds?: (node: string) => number;
      readonly fails?: (node: string) => boolean;
      /** True: the engine dies after it saved the run and before it carried the action out. */
      readonly crashes?: () => boolean;
    } = {},
  ) {
    const defaults = { action: 'DRAIN' as const, nodeSelector: 'pool=general' };
    this.run = newMaintenanceRun('run-1', maintenanceSpecFrom({ ...defaults, ...spec }), NOON);
  }

  now = (): Date => secondsAfter(NOON, this.second);

  tell(event: RunEvent): void {
    const decision = decideRun(this.run, event, this.now());
    if (decision.rejection) throw new Error(`${event.type}: ${decision.rejection}`);
    this.run = decision.next;
  }

  /** Until the run is over or paused, or so many seconds have passed. */
  advance(seconds = 2000): this {
    for (let i = 0; i < seconds && !isRunOver(this.run.state); i++) {
      this.step();
      if (this.run.state === 'PAUSED' && this.run.nodes.every((node) => node.operationId === null)) break;
      this.second++;
    }
    return this;
  }

  step(): void {
    this.endOperations();
    const operations = new Map([...this.operations].map(([id, operation]) => [id, operation.status]));
    const seen = { nodes: this.nodes, operations, pendingPods: this.pendingPods, unreadyReplacements: new Map() };
    const next = nextActions(this.run, seen, this.now());
    this.run = next.run;
    this.waiting = next.waiting;
    for (const action of next.actions) if (!this.behaviour.crashes?.()) this.carryOut(action);
    this.measure();
  }

  change(name: string, changes: Partial<ObservedNode>): void {
    const index = this.nodes.findIndex((node) => node.name === name);
    this.nodes[index] = { ...(this.nodes[index] as ObservedNode), ...changes };
  }

  phases(): Record<string, string> {
    return Object.fromEntries(this.run.nodes.map((node) => [node.name, node.phase]));
  }

  private carryOut(action: RunAction): void {
    if (action.kind === 'CANCEL_OPERATION') {
      const operation = this.operations.get(action.operationId);
      if (operation) this.end(operation, 'CANCELLED', action.restore);
      return;
    }
    const known = [...this.operations].find(([, operation]) => operation.key === action.key);
    const id = known?.[0] ?? `op-${this.operations.size + 1}`;
    if (!known) {
      this.started.push(action.key.replace('run-1:uid-', ''));
      const node = this.nodes.find((each) => each.uid === action.nodeUid);
      const cordons = action.type === 'CORDON' || action.type === 'DRAIN';
      const status = {
        key: action.key,
        state: 'RUNNING' as const,
        cordonedByUs: cordons && !node?.unschedulable,
        failure: null,
      };
      const endsAt = this.second + (this.behaviour.seconds?.(action.node) ?? 2);
      this.operations.set(id, { key: action.key, action, status, endsAt });
      if (cordons) this.change(action.node, { unschedulable: true });
      if (action.type === 'RESTART_KUBELET') this.change(action.node, { ready: false });
    }
    // The engine may die here as well: then the operation exists and the run doesn't know it.
    if (!this.behaviour.crashes?.()) this.tell({ type: 'OPERATION_STARTED', nodeUid: action.nodeUid, operationId: id });
  }

  private endOperations(): void {
    for (const operation of this.operations.values()) {
      if (operation.status.state !== 'RUNNING' || operation.endsAt > this.second) continue;
      const failed = operation.action.type !== 'UNCORDON' && this.behaviour.fails?.(operation.action.node);
      this.end(operation, failed ? 'FAILED' : 'SUCCEEDED', false);
    }
  }

  private end(operation: RunningOperation, state: 'SUCCEEDED' | 'FAILED' | 'CANCELLED', restore: boolean): void {
    const { node, type } = operation.action;
    const failure = state === 'FAILED' ? { code: 'BLOCKED', message: 'a pod can not go' } : null;
    operation.status = { ...operation.status, state, failure };
    if (type === 'UNCORDON') this.change(node, { unschedulable: false });
    if (type === 'RESTART_KUBELET') this.change(node, { ready: true });
    if (restore && operation.status.cordonedByUs) {
      this.change(node, { unschedulable: false });
      operation.status = { ...operation.status, cordonedByUs: false };
    }
  }

  private measure(): void {
    const down = this.nodes.filter((node) => !node.ready || node.unschedulable);
    this.mostUnavailable = Math.max(this.mostUnavailable, down.filter((node) => node.selected).length);
    this.mostControlPlane = Math.max(this.mostControlPlane, down.filter((node) => node.controlPlane).length);
  }
}
