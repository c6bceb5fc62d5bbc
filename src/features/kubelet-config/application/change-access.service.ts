import { Injectable } from '@nestjs/common';
import type { Actor, Caller } from '../../../kernel/actor.js';
import { type AccessAction, AccessControl, type AccessResource } from '../../access/index.js';
import { RequestAccess } from '../../approvals/index.js';
import { type ChangeRecord, changeNotFound } from './change-record.js';

type Target = { node: string; labels: Record<string, string> };

/** Access to a change, and to the nodes that it is to aim at. */
@Injectable()
export class ChangeAccess {
  constructor(
    private readonly access: AccessControl,
    private readonly requests: RequestAccess,
  ) {}

  /** To a change as it is stored: on every node that it aims at. */
  requireChange(caller: Caller, action: AccessAction, change: ChangeRecord): Promise<string[]> {
    return this.requests.require(caller, action, change, changeNotFound(change.id));
  }

  /** @returns ids of the policies that decided. @throws DomainError FORBIDDEN */
  async requireOn(
    caller: Caller,
    action: AccessAction,
    cluster: string,
    targets: readonly Target[],
  ): Promise<string[]> {
    const resources = targets.map((target) => resourceOf(cluster, target));
    const denied = resources.find((each) => !this.access.decide(caller.actor, action, each).allowed);
    const decisive = denied ?? resources[0] ?? { type: 'Cluster', cluster };
    return (await this.access.require(caller, action, decisive)).policyIds;
  }

  /** Before the cluster is asked for its nodes. */
  requireCluster(caller: Caller, action: AccessAction, cluster: string): Promise<void> {
    return this.access.requireCluster(caller, action, cluster);
  }

  /** The nodes that the actor may know of: to everybody else there are no others. */
  visible<T extends Target>(actor: Actor, cluster: string, nodes: readonly T[]): T[] {
    return this.access.filter(actor, 'node.read', nodes, (node) => resourceOf(cluster, node));
  }
}

const resourceOf = (cluster: string, { node, labels }: Target): AccessResource => ({
  type: 'Node',
  cluster,
  name: node,
  labels,
});
