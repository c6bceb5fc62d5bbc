import { Injectable } from '@nestjs/common';
import { clusterNotFound, nodeNotFound } from '../../../kernel/absent-resource.js';
import type { Actor, Caller } from '../../../kernel/actor.js';
import { AuditTrail } from '../../../kernel/audit-trail.js';
import { DomainError } from '../../../kernel/domain-error.js';
import { UnitOfWork } from '../../../platform/postgres/unit-of-work.js';
import type { AccessAction } from '../domain/access-action.js';
import type { AccessResource } from '../domain/access-resource.js';
import { rolesInEffect } from '../domain/roles-in-effect.js';
import { AccessControl, type AccessDecision, type Hiding } from './access-control.js';
import { PolicyEngine } from './ports/policy-engine.port.js';

@Injectable()
export class PolicyAccessControl extends AccessControl {
  constructor(
    private readonly engine: PolicyEngine,
    private readonly audit: AuditTrail,
    private readonly unitOfWork: UnitOfWork,
  ) {
    super();
  }

  override decide(actor: Actor, action: AccessAction, resource: AccessResource): AccessDecision {
    const inEffect = rolesInEffect(actor.bindings, resource);
    const question = { actorType: actor.type, action, resourceType: resource.type };
    const answer = this.engine.answer({ ...question, ...inEffect });
    if (answer.allowed) {
      const roles = [...inEffect.roles, ...inEffect.partialRoles].join(', ');
      return {
        ...answer,
        reason: `Allowed by ${answer.policyIds.join(', ')} (roles here: ${roles}).`,
        outOfScope: false,
      };
    }
    const held = [...new Set(actor.bindings.map(({ role }) => role))].sort();
    const elsewhere = this.engine.answer({ ...question, roles: held, partialRoles: [] });
    const reason = elsewhere.allowed
      ? `The actor's roles allow ${action}, but their scope does not cover ${nameOf(resource)}.`
      : `None of the actor's roles allows ${action} (roles: ${held.join(', ') || 'none'}).`;
    return { ...answer, reason, outOfScope: elsewhere.allowed };
  }

  override async require(
    caller: Caller,
    action: AccessAction,
    resource: AccessResource,
    hiding?: Hiding,
  ): Promise<AccessDecision> {
    const decision = this.decide(caller.actor, action, resource);
    if (decision.allowed) return decision;
    const { policyIds, reason, outOfScope } = decision;
    const about = auditResource(resource);
    await this.unitOfWork.apart(() =>
      this.audit.record([{ kind: 'DENIED', caller, action, resource: about, policyIds, outcome: 'DENIED', reason }]),
    );
    const absent = this.absentFor(caller.actor, resource, hiding);
    throw absent ?? new DomainError('FORBIDDEN', reason, { extensions: { action, policyIds, outOfScope } });
  }

  override async requireCluster(caller: Caller, action: AccessAction, cluster: string): Promise<void> {
    const whole = { type: 'Cluster', cluster } as const;
    if (!this.decide(caller.actor, 'cluster.read', whole).allowed) await this.require(caller, action, whole);
  }

  /** What to say of a thing that the actor may not know of; undefined for what they may see. */
  private absentFor(actor: Actor, resource: AccessResource, hiding: Hiding | undefined): DomainError | undefined {
    const sees = (action: AccessAction, what: AccessResource) => this.decide(actor, action, what).allowed;
    if (hiding) return sees(hiding.seenBy, resource) ? undefined : hiding.absent;
    if (resource.type === 'System') return undefined;
    const { cluster } = resource;
    if (!sees('cluster.read', { type: 'Cluster', cluster })) return clusterNotFound(cluster);
    if (resource.type !== 'Node' || sees('node.read', resource)) return undefined;
    return nodeNotFound(cluster, resource.name);
  }

  override filter<T>(
    actor: Actor,
    action: AccessAction,
    items: readonly T[],
    resourceOf: (item: T) => AccessResource,
  ): T[] {
    // Who may do it everywhere needs no look at each item: the usual case for lists of thousands of nodes.
    const { roles } = rolesInEffect(actor.bindings, { type: 'System' });
    const question = { actorType: actor.type, action, partialRoles: [] };
    const types: AccessResource['type'][] = ['Cluster', 'Node', 'Namespace', 'System'];
    if (types.every((resourceType) => this.engine.answer({ ...question, resourceType, roles }).allowed))
      return [...items];
    return items.filter((item) => {
      const resource = resourceOf(item);
      const inEffect = rolesInEffect(actor.bindings, resource);
      return this.engine.answer({ actorType: actor.type, action, resourceType: resource.type, ...inEffect }).allowed;
    });
  }
}

function nameOf(resource: AccessResource): string {
  switch (resource.type) {
    case 'System':
      return 'the whole system';
    case 'Cluster':
      return `the cluster ${resource.cluster}`;
    case 'Node':
      return `the node ${resource.name} of ${resource.cluster}`;
    case 'Namespace':
      return `the namespace ${resource.name} of ${resource.cluster}`;
  }
}

function auditResource(resource: AccessResource) {
  if (resource.type === 'System') return { type: 'System' };
  const { type, cluster } = resource;
  return resource.type === 'Cluster' ? { type, cluster, name: cluster } : { type, cluster, name: resource.name };
}
