import { Injectable } from '@nestjs/common';
import type { Caller } from '../../../kernel/actor.js';
import { Idempotency } from '../../access/index.js';
import { AskApproval } from '../../approvals/index.js';
import { ChangeAccess } from './change-access.service.js';
import { ChangeContents, draftTargets, nodesOf, resolved } from './change-contents.service.js';
import { choiceOf, type NewChange, specOf } from './change-input.js';
import type { ChangeRecord } from './change-record.js';
import { ChangeContentRepository } from './ports/change-content-repository.port.js';
import { ReadChanges } from './read-changes.service.js';

const WRITE = 'kubelet-config-change.write';

@Injectable()
export class DraftChange {
  constructor(
    private readonly read: ReadChanges,
    private readonly kept: ChangeContentRepository,
    private readonly contents: ChangeContents,
    private readonly access: ChangeAccess,
    private readonly asks: AskApproval,
    private readonly idempotency: Idempotency,
  ) {}

  async create(caller: Caller, input: NewChange, idempotencyKey?: string): Promise<ChangeRecord> {
    await this.access.requireCluster(caller, WRITE, input.cluster);
    const choice = choiceOf(input);
    const facts = await this.contents.choose(choice, caller.actor);
    const policyIds = await this.access.requireOn(caller, WRITE, choice.cluster, facts);
    const spec = { ...specOf(choice, input) };
    const asked = { useCase: 'createKubeletConfigChange', ...input };
    const { id } = await this.idempotency.run(caller, idempotencyKey, asked, async () => {
      const targets = draftTargets(facts);
      const { cluster } = spec;
      const aim = { cluster, nodes: nodesOf(cluster, targets), targets: resolved(cluster, targets), spec };
      const words = { reason: input.reason, ticket: input.ticket ?? null };
      const demand = { kind: 'KUBELET_CONFIG_CHANGE', risk: 'low', ...aim, ...words } as const;
      const request = await this.asks.draft(caller, demand, { action: WRITE, policyIds });
      const wantedApprovalExpiry = input.approvalExpiresAt ?? null;
      await this.kept.insert(request.id, { targets, notices: [], drainFirst: false, wantedApprovalExpiry });
      return { id: request.id };
    });
    return this.read.get(caller, id);
  }
}
