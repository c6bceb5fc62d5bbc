import { Injectable } from '@nestjs/common';
import { nodeNotFound } from '../../../kernel/absent-resource.js';
import type { Caller } from '../../../kernel/actor.js';
import { Clock } from '../../../kernel/clock.js';
import { DomainError } from '../../../kernel/domain-error.js';
import { AccessControl } from '../../access/index.js';
import type { RuleDemand } from '../../approvals/index.js';
import { type LiveNode, NodeGateway } from '../engine/node-gateway.port.js';
import { OperationApprovals } from '../engine/operation-approvals.service.js';
import { type DrainOptions, type DrainOptionsInput, drainOptionsFrom } from './drain-options.js';
import { type DrainPlan, makeDrainPlan } from './drain-plan.js';
import { DrainPlanStore } from './drain-plan-store.port.js';
import type { NodeSnapshot } from './node-snapshot.js';
import { planDiff } from './plan-diff.js';
import { presenceIn } from './plan-drain.service.js';
import { PlanGateway } from './plan-gateway.port.js';

/** What a drain would do: read live, nothing changed. */
@Injectable()
export class MakeDrainPlan {
  constructor(
    private readonly nodes: NodeGateway,
    private readonly facts: PlanGateway,
    private readonly store: DrainPlanStore,
    private readonly access: AccessControl,
    private readonly approvals: OperationApprovals,
    private readonly clock: Clock,
  ) {}

  /** Over several nodes budgets are shared, so the plan is made for all of them at once. */
  async plan(
    caller: Caller,
    cluster: string,
    names: readonly string[],
    input?: DrainOptionsInput,
  ): Promise<DrainPlan & { approval: RuleDemand[] }> {
    const options = drainOptionsFrom(input);
    const { plan, nodes } = await this.make(caller, cluster, [...new Set(names)], options, true);
    await this.store.save(plan.planHash, plan.substance);
    return { ...plan, approval: await this.approvals.wouldAsk('DRAIN', cluster, nodes, { ...options }) };
  }

  /** @throws DomainError PLAN_CHANGED with the difference, when the live plan isn't the one that the hash stands for */
  async assertUnchanged(caller: Caller, cluster: string, node: string, options: DrainOptions): Promise<void> {
    const { planHash } = options;
    const { plan: live } = await this.make(caller, cluster, [node], options, false);
    if (planHash === null || live.planHash === planHash) return;
    const agreed = await this.store.find(planHash);
    const difference = agreed ? planDiff(agreed, live.substance) : null;
    const what = difference ? difference.map(({ message }) => message).join('; ') : 'no plan with this hash is known';
    throw new DomainError('PLAN_CHANGED', `The plan is not the one that was agreed on: ${what}.`, {
      extensions: { planHash: live.planHash, difference },
    });
  }

  private async make(
    caller: Caller,
    cluster: string,
    names: readonly string[],
    options: DrainOptions,
    withFit: boolean,
  ): Promise<{ plan: DrainPlan; nodes: readonly LiveNode[] }> {
    await this.access.requireCluster(caller, 'node.read', cluster);
    const nodes = await Promise.all(names.map((name) => this.visible(caller, cluster, name)));
    const facts = await this.facts.facts(cluster, nodes, withFit);
    const { targets, pdbs, evictionSupported, elsewhere, terminatingNamespaces } = facts;
    const daemonSet = presenceIn(facts.daemonSets);
    const plan = makeDrainPlan({
      options,
      now: this.clock.now(),
      evictionSupported,
      targets,
      pdbs,
      terminatingNamespaces,
      daemonSet,
      elsewhere: elsewhere && { ...elsewhere, hidden: this.hidden(caller, cluster, elsewhere.nodes) },
    });
    return { plan, nodes };
  }

  private hidden(caller: Caller, cluster: string, nodes: readonly NodeSnapshot[]): ReadonlySet<string> {
    const seen = this.access.filter(caller.actor, 'node.read', nodes, ({ name, labels }) => ({
      type: 'Node',
      cluster,
      name,
      labels,
    }));
    const hidden = new Set(nodes.map(({ name }) => name));
    for (const { name } of seen) hidden.delete(name);
    return hidden;
  }

  private async visible(caller: Caller, cluster: string, name: string) {
    const node = await this.nodes.findNode(cluster, name);
    await this.access.require(caller, 'node.read', { type: 'Node', cluster, name, labels: node?.labels ?? {} });
    if (!node) throw nodeNotFound(cluster, name);
    return node;
  }
}
