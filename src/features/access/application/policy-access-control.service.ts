import { Injectable } from '@nestjs/common';
import type { Actor, Caller } from '../../../kernel/actor.js';
import { DomainError } from '../../../kernel/domain-error.js';
import { UnitOfWork } from '../../../platform/postgres/unit-of-work.js';
import { AuditTrail } from '../../audit/index.js';
import type { AccessAction } from '../domain/access-action.js';
import type { AccessResource } from '../domain/access-resource.js';
import { rolesInEffect } from '../domain/roles-in-effect.js';
import { AccessControl, type AccessDecision } from './access-control.js';
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

  override async require(caller: Caller, action: AccessAction, resource: AccessResource): Promise<AccessDecision> {
    const decision = this.decide(caller.actor, action, resource);
    if (decision.allowed) return decision;
    const { policyIds, reason, outOfScope } = decision;
    const about = auditResource(resource);
    await this.unitOfWork.apart(() =>
      this.audit.record([{ kind: 'DENIED', caller, action, resource: about, policyIds, outcome: 'DENIED', reason }]),
    );
    throw new DomainError('FORBIDDEN', reason, { extensions: { action, policyIds, outOfScope } });
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
