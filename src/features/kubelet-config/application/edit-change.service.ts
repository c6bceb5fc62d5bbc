import { Injectable } from '@nestjs/common';
import type { Caller } from '../../../kernel/actor.js';
import { invalidInput } from '../../../kernel/invalid-input.js';
import { Idempotency } from '../../access/index.js';
import { assertVersion, DecideRequest, participantOf } from '../../approvals/index.js';
import { ChangeAccess } from './change-access.service.js';
import { ChangeContents, draftTargets, type Inspection, resolved } from './change-contents.service.js';
import { type ChangeEdit, choiceOf, editedInput, specOf } from './change-input.js';
import type { ChangeContent, ChangeRecord } from './change-record.js';
import type { ChangeSpec } from './change-spec.js';
import { ChangeContentRepository } from './ports/change-content-repository.port.js';
import type { NodeFacts } from './ports/live-kubelet-configs.port.js';
import { ReadChanges } from './read-changes.service.js';

const WRITE = 'kubelet-config-change.write';

/** Edits, and the submit that ends a draft. What is under review is checked in full again by every edit. */
@Injectable()
export class EditChange {
  constructor(
    private readonly read: ReadChanges,
    private readonly kept: ChangeContentRepository,
    private readonly contents: ChangeContents,
    private readonly access: ChangeAccess,
    private readonly decide: DecideRequest,
    private readonly idempotency: Idempotency,
  ) {}

  /** @param ifVersion the version that the caller saw; null takes any */
  async edit(caller: Caller, id: string, edit: ChangeEdit, ifVersion: number | null): Promise<ChangeRecord> {
    const known = await this.read.get(caller, id);
    await this.access.requireChange(caller, WRITE, known);
    assertVersion(known, ifVersion ?? undefined);
    const input = editedInput(known, edit);
    const choice = choiceOf(input);
    const facts = await this.contents.choose(choice, caller.actor);
    const policyIds = await this.access.requireOn(caller, WRITE, choice.cluster, facts);
    const spec = specOf(choice, input);
    const wantedApprovalExpiry = edit.approvalExpiresAt ?? known.wantedApprovalExpiry;
    const words = { reason: edit.reason ?? known.reason, ticket: edit.ticket ?? known.ticket };
    const isDraft = known.approval.status === 'DRAFT';
    const made = isDraft ? await this.drafted(spec, facts, known) : await this.reviewable(spec, facts);
    const content = { ...made.content, wantedApprovalExpiry };
    const context = { action: WRITE, policyIds, reason: edit.reason, ifVersion: known.version } as const;
    await this.decide.apply(caller, id, context, () => ({
      event: { type: 'EDITED', by: participantOf(caller.actor), ...made.approval },
      record: { spec: { ...spec }, targets: resolved(spec.cluster, content.targets), ...words },
      also: () => this.keep(id, content, made.documents),
    }));
    return this.read.get(caller, id);
  }

  async submit(caller: Caller, id: string, idempotencyKey?: string, ifVersion?: number): Promise<ChangeRecord> {
    const known = await this.read.get(caller, id);
    await this.access.requireChange(caller, WRITE, known);
    const { spec, wantedApprovalExpiry } = known;
    const facts = await this.contents.choose(spec, caller.actor);
    const policyIds = await this.access.requireOn(caller, WRITE, spec.cluster, facts);
    // Nobody has reviewed a draft: submitting fixes what reviews will bind to.
    const made = known.approval.status === 'DRAFT' ? await this.reviewable(spec, facts) : null;
    const by = participantOf(caller.actor);
    const expiry = wantedApprovalExpiry ? { approvalExpiresAt: wantedApprovalExpiry.toISOString() } : {};
    const event = { type: 'SUBMITTED', by, ...expiry } as const;
    const asked = { useCase: 'submitKubeletConfigChange', id };
    await this.idempotency.run(caller, idempotencyKey, asked, async () => {
      assertVersion(known, ifVersion);
      const context = { action: WRITE, policyIds, ifVersion: known.version } as const;
      await this.decide.apply(caller, id, context, ({ approval }) => {
        if (!made) return { event };
        const record = {
          targets: resolved(spec.cluster, made.content.targets),
          approval: { ...approval, ...made.approval },
        };
        const also = () => this.keep(id, { ...made.content, wantedApprovalExpiry }, made.documents);
        return { event, record, also };
      });
      return { id };
    });
    return this.read.get(caller, id);
  }

  private async keep(id: string, content: ChangeContent, documents: Inspection['documents'] | null): Promise<void> {
    await this.kept.save(id, content);
    if (documents) await this.kept.saveBaselines(id, documents);
  }

  private async drafted(spec: ChangeSpec, facts: readonly NodeFacts[], { notices, drainFirst }: ChangeRecord) {
    const targets = draftTargets(facts);
    const approval = this.contents.content(spec, targets, await this.contents.policy(), 'low');
    return { approval, content: { targets, notices, drainFirst }, documents: null };
  }

  /** @throws DomainError VALIDATION_FAILED with everything that is wrong */
  private async reviewable(spec: ChangeSpec, facts: readonly NodeFacts[]) {
    const inspection = await this.contents.inspect(spec, facts);
    const { errors, notices } = this.contents.validate(spec, inspection);
    if (errors.length > 0) throw invalidInput(errors);
    const { blastRadius, drainFirst } = this.contents.explain(spec, inspection.configs);
    const { targets, documents } = inspection;
    const approval = this.contents.content(spec, targets, await this.contents.policy(), blastRadius);
    return { approval, content: { targets, notices, drainFirst }, documents };
  }
}
