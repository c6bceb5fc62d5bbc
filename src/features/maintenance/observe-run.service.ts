import { Injectable } from '@nestjs/common';
import { OperationRepository } from '../operations/index.js';
import { isControlPlane, isRemoval, runActionOf, zoneOf } from '../operations/model.js';
import { isNamed, MaintenanceAccess } from './maintenance-access.service.js';
import type { DepartedPods, FleetView } from './maintenance-gateway.port.js';
import {
  expectsOperation,
  isActivePhase,
  type ObservedNode,
  operationKey,
  type RunObservation,
} from './maintenance-run.js';
import type { MaintenanceRunRecord } from './maintenance-run-record.js';

/** Puts together what a run has to look at: its nodes, its operations, the health of what left. */
@Injectable()
export class ObserveRun {
  constructor(
    private readonly operations: OperationRepository,
    private readonly access: MaintenanceAccess,
  ) {}

  async observe(record: MaintenanceRunRecord, fleet: FleetView): Promise<RunObservation> {
    const looksAtPods = record.run.nodes.some(({ phase }) => phase === 'PENDING' || phase === 'SETTLING');
    const [nodes, operations, pendingPods, unreadyReplacements] = await Promise.all([
      this.nodes(record, fleet),
      this.ownOperations(record),
      looksAtPods || record.run.nodes.length === 0 ? fleet.pendingPods() : 0,
      this.departed(record).then((departed) => (departed.length > 0 ? fleet.unreadyReplacements(departed) : new Map())),
    ]);
    return { nodes, operations, pendingPods, unreadyReplacements };
  }

  private async nodes(record: MaintenanceRunRecord, fleet: FleetView): Promise<ObservedNode[]> {
    const { cluster, run } = record;
    const all = [...fleet.nodes.values()];
    const actor = await this.access.actorOf(record);
    const active = await this.operations.activeOn(
      cluster,
      all.map(({ uid }) => uid),
    );
    const busy = new Set(active.filter((each) => each.maintenanceRunId !== run.id).map((each) => each.nodeUid));
    const hasControlPlane = all.some((node) => isControlPlane(node) && isNamed(run.spec, node));
    const etcd = hasControlPlane ? await fleet.etcdMembers() : new Map<string, boolean>();
    return all.map((node) => ({
      name: node.name,
      uid: node.uid,
      zone: zoneOf(node),
      controlPlane: isControlPlane(node),
      ready: node.ready,
      unschedulable: node.unschedulable,
      selected: actor !== null && isNamed(run.spec, node) && this.access.mayActOn(actor, run.spec, cluster, node),
      etcdHealthy: etcd.get(node.name) ?? null,
      busy: busy.has(node.uid),
    }));
  }

  /** Those of the phases that are under way, also when a crash lost their id. */
  private async ownOperations({ run }: MaintenanceRunRecord): Promise<RunObservation['operations']> {
    const active = run.nodes.filter(({ phase }) => isActivePhase(phase));
    const ids = active.flatMap(({ operationId }) => operationId ?? []);
    const keys = active.filter(expectsOperation).map((node) => operationKey(run, node));
    if (ids.length === 0 && keys.length === 0) return new Map();
    const found = await this.operations.ofRun(run.id, ids, keys);
    return new Map(found.map(({ id, ...operation }) => [id, operation]));
  }

  /** Pods that the drains of nodes in their health gate removed. */
  private async departed({ run }: MaintenanceRunRecord): Promise<DepartedPods[]> {
    const settling = run.nodes.filter(({ phase }) => phase === 'SETTLING');
    if (settling.length === 0 || runActionOf(run.spec.action).operation.type !== 'DRAIN') return [];
    const keys = settling.map((node) => operationKey(run, { uid: node.uid, phase: 'OPERATING' }));
    const drains = await this.operations.ofRun(run.id, [], keys);
    const pods = await this.operations.podsOf(drains.map(({ id }) => id));
    return settling.flatMap((node, index) => {
      const drain = drains.find(({ key }) => key === keys[index]);
      const removed = (drain && pods.get(drain.id))?.filter(({ action }) => isRemoval(action)) ?? [];
      return removed.length > 0 ? [{ nodeUid: node.uid, since: node.startedAt ?? run.startedAt, pods: removed }] : [];
    });
  }
}
