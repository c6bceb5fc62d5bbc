import { Injectable } from '@nestjs/common';
import type { Caller } from '../../../kernel/actor.js';
import { Clock } from '../../../kernel/clock.js';
import { newId } from '../../../kernel/ids.js';
import { invalidInput } from '../../../kernel/invalid-input.js';
import { Idempotency } from '../../access/index.js';
import { newApproval, participantOf } from '../../approvals/index.js';
import { AuditTrail } from '../../audit/index.js';
import { ChangeAccess } from './change-access.service.js';
import { ChangeContents, type Inspection } from './change-contents.service.js';
import type { ChangeRecord } from './change-record.js';
import { type ChangeSpec, DEFAULT_STRATEGY, type NodeChoice, type RolloutStrategy } from './change-spec.js';
import { ChangeStores } from './change-stores.service.js';
import { assertVersion, auditResource } from './decide-change.service.js';
import { patchOf } from './patch-input.js';
import type { NodeFacts } from './ports/live-kubelet-configs.port.js';

export interface NewChange {
  cluster: string;
  nodes?: string[] | undefined;
  nodeSelector?: string | undefined;
  /** An object, or its text as YAML or JSON. */
  patch: unknown;
  strategy?: Partial<RolloutStrategy> | undefined;
  reason: string;
  ticket?: string | undefined;
  approvalExpiresAt?: Date | undefined;
}

export type ChangeEdit = Partial<Omit<NewChange, 'cluster'>>;

const WRITE = 'kubelet-config-change.write' as const;

/** Drafts and edits. What is under review is checked in full again by every edit. */
@Injectable()
export class WriteChange {
  constructor(
    private readonly stores: ChangeStores,
    private readonly contents: ChangeContents,
    private readonly access: ChangeAccess,
    private readonly idempotency: Idempotency,
    private readonly audit: AuditTrail,
    private readonly clock: Clock,
  ) {}

  async create(caller: Caller, input: NewChange, idempotencyKey?: string): Promise<ChangeRecord> {
    await this.access.requireCluster(caller, WRITE, input.cluster);
    const choice = choiceOf(input);
    const facts = await this.contents.choose(choice, caller.actor);
    const policyIds = await this.access.requireOn(caller, WRITE, choice.cluster, facts);
    const spec = specOf(choice, input);
    const asked = { useCase: 'createKubeletConfigChange', ...input };
    const { id } = await this.idempotency.run(caller, idempotencyKey, asked, async () => {
      const change = await this.draft(caller, spec, facts, input);
      const intents = await this.audit.record([
        {
          kind: 'INTENT',
          caller,
          action: WRITE,
          resource: auditResource(change),
          correlationId: change.id,
          reason: change.reason,
          ...(change.ticket ? { ticket: change.ticket } : {}),
          policyIds,
          after: { event: 'CREATED', spec: { ...spec } },
        },
      ]);
      await this.audit.close(intents, { outcome: 'SUCCEEDED' });
      const { actorId, displayName } = change.approval.author;
      const by = { actorId, displayName };
      await this.stores.changes.insert(change, [{ type: 'CREATED', data: { by, from: null, to: 'DRAFT' } }]);
      return { id: change.id };
    });
    return this.stores.get(id);
  }

  /** @param ifVersion the version that the caller saw; null takes any */
  async edit(caller: Caller, id: string, edit: ChangeEdit, ifVersion: number | null): Promise<ChangeRecord> {
    const known = await this.stores.get(id);
    await this.access.require(caller, WRITE, known);
    assertVersion(known, ifVersion ?? undefined);
    const input = { ...inputOf(known), ...without(edit, known) };
    const choice = choiceOf(input);
    const facts = await this.contents.choose(choice, caller.actor);
    const policyIds = await this.access.requireOn(caller, WRITE, choice.cluster, facts);
    const spec = specOf(choice, input);
    const alongside = {
      spec,
      reason: edit.reason ?? known.reason,
      ticket: edit.ticket ?? known.ticket,
      wantedApprovalExpiry: edit.approvalExpiresAt ?? known.wantedApprovalExpiry,
    };
    const context = {
      action: WRITE,
      policyIds,
      reason: edit.reason,
      ifVersion: known.version,
    };
    const by = participantOf(caller.actor);
    const policy = await this.contents.policy();
    if (known.approval.status === 'DRAFT') {
      const targets = draftTargets(facts);
      const content = this.contents.content(spec, targets, policy, 'low');
      const event = { type: 'EDITED' as const, by, ...content };
      return this.stores.decide.apply(caller, id, context, () => ({ event, change: { ...alongside, targets } }));
    }
    const inspection = await this.checked(spec, facts);
    const { content, change } = this.reviewable(spec, inspection, policy);
    return this.stores.decide.apply(caller, id, context, () => ({
      event: { type: 'EDITED', by, ...content },
      change: { ...alongside, ...change },
      baselines: inspection.documents,
    }));
  }

  async submit(caller: Caller, id: string, idempotencyKey?: string, ifVersion?: number): Promise<ChangeRecord> {
    const known = await this.stores.get(id);
    await this.access.require(caller, WRITE, known);
    const facts = await this.contents.choose(known.spec, caller.actor);
    const policyIds = await this.access.requireOn(caller, WRITE, known.spec.cluster, facts);
    const asked = { useCase: 'submitKubeletConfigChange', id };
    const isDraft = known.approval.status === 'DRAFT';
    const inspection = isDraft ? await this.checked(known.spec, facts) : null;
    const policy = await this.contents.policy();
    const context = {
      action: WRITE,
      policyIds,
      ifVersion: ifVersion ?? known.version,
    };
    await this.idempotency.run(caller, idempotencyKey, asked, async () => {
      await this.stores.decide.apply(caller, id, context, (change) => {
        const expiry = change.wantedApprovalExpiry;
        const event = {
          type: 'SUBMITTED' as const,
          by: participantOf(caller.actor),
          ...(expiry ? { approvalExpiresAt: expiry.toISOString() } : {}),
        };
        if (!inspection) return { event };
        // Nobody has reviewed a draft: submitting fixes what reviews will bind to.
        const { content, change: checked } = this.reviewable(change.spec, inspection, policy);
        const approval = { ...change.approval, ...content };
        return { event, change: { ...checked, approval }, baselines: inspection.documents };
      });
      return { id };
    });
    return this.stores.get(id);
  }

  private async checked(spec: ChangeSpec, facts: readonly NodeFacts[]): Promise<Inspection> {
    const inspection = await this.contents.inspect(spec, facts);
    const { errors } = this.contents.validate(spec, inspection);
    if (errors.length > 0) throw invalidInput(errors);
    return inspection;
  }

  private reviewable(spec: ChangeSpec, inspection: Inspection, policy: ChangeRecord['approval']['policy']) {
    const { blastRadius, drainFirst } = this.contents.explain(spec, inspection.configs);
    const { notices } = this.contents.validate(spec, inspection);
    const { targets } = inspection;
    const content = this.contents.content(spec, targets, policy, blastRadius);
    return { content, change: { targets, notices, drainFirst, remindedAt: null } };
  }

  private async draft(caller: Caller, spec: ChangeSpec, facts: readonly NodeFacts[], input: NewChange) {
    const now = this.clock.now();
    const targets = draftTargets(facts);
    const content = this.contents.content(spec, targets, await this.contents.policy(), 'low');
    const change: ChangeRecord = {
      id: newId(now.getTime()),
      version: 1,
      spec,
      reason: input.reason,
      ticket: input.ticket ?? null,
      approval: newApproval({ author: participantOf(caller.actor), ...content }),
      targets,
      notices: [],
      drainFirst: false,
      wantedApprovalExpiry: input.approvalExpiresAt ?? null,
      remindedAt: null,
      driftCheckedAt: null,
      lastSeq: 0,
      createdAt: now,
      updatedAt: now,
    };
    return change;
  }
}

const draftTargets = (facts: readonly NodeFacts[]) => facts.map((node) => ({ ...node, baseHash: null }));

/** An edit that chooses nodes one way leaves the other way. */
function without(edit: ChangeEdit, known: ChangeRecord): Partial<NewChange> {
  const { nodes, nodeSelector, strategy, ...rest } = edit;
  return {
    ...Object.fromEntries(Object.entries(rest).filter(([, value]) => value !== undefined)),
    ...(strategy ? { strategy: { ...known.spec.strategy, ...strategy } } : {}),
    ...(nodes || nodeSelector !== undefined ? { nodes, nodeSelector } : {}),
  };
}

const inputOf = ({ spec, reason, ticket }: ChangeRecord): NewChange => ({
  cluster: spec.cluster,
  nodes: spec.nodes ?? undefined,
  nodeSelector: spec.nodeSelector ?? undefined,
  patch: spec.patch,
  strategy: spec.strategy,
  reason,
  ticket: ticket ?? undefined,
});

function choiceOf({ cluster, nodes, nodeSelector }: NewChange): NodeChoice {
  if ((nodes === undefined) === (nodeSelector === undefined)) {
    const message = 'give either nodes or nodeSelector';
    throw invalidInput([{ pointer: '/nodes', code: 'REQUIRED', message }]);
  }
  return { cluster, nodes: nodes ? [...new Set(nodes)].sort() : null, nodeSelector: nodeSelector ?? null };
}

/** Only for those who may write to the chosen nodes: reading a patch takes time. */
function specOf(choice: NodeChoice, { patch, strategy }: NewChange): ChangeSpec {
  return {
    ...choice,
    patch: patchOf(patch),
    strategy: {
      ...DEFAULT_STRATEGY,
      ...Object.fromEntries(Object.entries(strategy ?? {}).filter(([, v]) => v != null)),
    },
  };
}
