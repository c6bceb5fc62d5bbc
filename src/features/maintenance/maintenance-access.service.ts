import { Injectable } from '@nestjs/common';
import type { Actor, Caller } from '../../kernel/actor.js';
import { DomainError } from '../../kernel/domain-error.js';
import { matchesLabels, parseLabelSelector } from '../../kernel/label-selector.js';
import { type AccessAction, AccessControl, ResolveActors } from '../access/index.js';
import { rightsOf, runActionOf } from '../operations/model.js';
import type { FleetNode } from './maintenance-gateway.port.js';
import type { MaintenanceRunRecord } from './maintenance-run-record.js';
import { type MaintenanceSpec, optionsOf } from './maintenance-spec.js';

/** Who may do what with a run: to work on a node takes the right on that very node, again for each node. */
@Injectable()
export class MaintenanceAccess {
  constructor(
    private readonly access: AccessControl,
    private readonly actors: ResolveActors,
  ) {}

  /** Rights that a run takes on each of its nodes. */
  actionsOf(spec: MaintenanceSpec): readonly AccessAction[] {
    const { operation, afterwards } = runActionOf(spec.action);
    const [right, ...further] = rightsOf(operation, optionsOf(spec));
    const uncordons = afterwards === 'RELEASE' || afterwards === 'HOLD';
    return ['maintenance-run.start', right, ...(uncordons ? (['node.uncordon'] as const) : []), ...further];
  }

  /** @throws DomainError FORBIDDEN for the first right that is missing on the node; returns the policies that allowed it */
  async requireOn(caller: Caller, spec: MaintenanceSpec, cluster: string, node: FleetNode): Promise<string[]> {
    const policyIds: string[] = [];
    for (const action of this.actionsOf(spec)) {
      policyIds.push(...(await this.access.require(caller, action, nodeResource(cluster, node))).policyIds);
    }
    return policyIds;
  }

  mayActOn(actor: Actor, spec: MaintenanceSpec, cluster: string, node: FleetNode): boolean {
    return this.actionsOf(spec).every(
      (action) => this.access.decide(actor, action, nodeResource(cluster, node)).allowed,
    );
  }

  /** The actor with the roles of today; null when the credential was revoked: nobody is left to act for. */
  async actorOf({ caller }: MaintenanceRunRecord): Promise<Actor | null> {
    const current = await this.actors.find(caller.actor.id);
    return current === undefined ? caller.actor : current;
  }

  /** Whoever started a run may look at it and control it, within whatever part of the cluster; others need it as a whole. */
  async requireRun(
    caller: Caller,
    action: 'maintenance-run.read' | 'maintenance-run.control',
    record: MaintenanceRunRecord,
  ): Promise<string[]> {
    if (record.caller.actor.id === caller.actor.id) return [];
    const hiding = { seenBy: 'maintenance-run.read', absent: runNotFound(record.id) } as const;
    return (await this.access.require(caller, action, { type: 'Cluster', cluster: record.cluster }, hiding)).policyIds;
  }

  mayRead(actor: Actor, record: MaintenanceRunRecord): boolean {
    if (record.caller.actor.id === actor.id) return true;
    return this.access.decide(actor, 'maintenance-run.read', { type: 'Cluster', cluster: record.cluster }).allowed;
  }

  /** Before the cluster is asked for its nodes. */
  requireCluster(caller: Caller, cluster: string): Promise<void> {
    return this.access.requireCluster(caller, 'maintenance-run.start', cluster);
  }

  /** The nodes that the caller may know of: to everybody else there are no others. */
  visible(actor: Actor, cluster: string, nodes: readonly FleetNode[]): FleetNode[] {
    return this.access.filter(actor, 'node.read', nodes, (node) => nodeResource(cluster, node));
  }
}

export function runNotFound(id: string): DomainError {
  return new DomainError('NOT_FOUND', `There is no maintenance run "${id.slice(0, 64)}".`);
}

/** Whether the selector or the list of a run names the node. */
export function isNamed({ nodeSelector, nodes }: MaintenanceSpec, node: FleetNode): boolean {
  if (nodes !== null) return nodes.includes(node.name);
  return nodeSelector !== null && matchesLabels(parseLabelSelector(nodeSelector), node.labels);
}

const nodeResource = (cluster: string, { name, labels }: FleetNode) =>
  ({ type: 'Node', cluster, name, labels }) as const;
