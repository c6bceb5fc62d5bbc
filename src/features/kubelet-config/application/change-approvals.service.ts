import { Injectable } from '@nestjs/common';
import { DomainError } from '../../../kernel/domain-error.js';
import type { ApprovalRecord, ApprovalSubjectOwner, PresentSubject, SubjectLife } from '../../approvals/index.js';
import { ChangeContents, nodesOf, resolved } from './change-contents.service.js';
import { changeNotFound, changeOf } from './change-record.js';
import { ChangeContentRepository } from './ports/change-content-repository.port.js';

/** How often the live configuration of the targets is compared with what was reviewed. */
const COMPARE_MS = 60_000;

/** What approvals mean for changes of kubelet configuration. People carry them out, by the plan that is exported. */
@Injectable()
export class ChangeApprovals implements ApprovalSubjectOwner {
  readonly kind = 'KUBELET_CONFIG_CHANGE';
  readonly resourceType = 'KubeletConfigChange';
  readonly rights = {
    read: 'kubelet-config-change.read',
    review: 'kubelet-config-change.review',
    execute: 'kubelet-config-change.execute',
    breakGlass: 'kubelet-config-change.break-glass',
    automatic: 'kubelet-config-change.execute',
  } as const;
  readonly life: SubjectLife = {
    isEditable: true,
    whenStale: 'IS_REBASED',
    starts: 'ON_REQUEST',
    compareTargetsEveryMs: COMPARE_MS,
    pausesInFreeze: true,
  };

  constructor(
    private readonly kept: ChangeContentRepository,
    private readonly contents: ChangeContents,
  ) {}

  async present(request: ApprovalRecord): Promise<PresentSubject> {
    const content = (await this.kept.find([request.id])).get(request.id);
    if (!content) throw changeNotFound(request.id);
    const { drift, now } = await this.contents.drift(changeOf(request, content));
    const [unread] = now.unreadable;
    const message = unread && `The configuration of ${unread.node} can't be read: ${unread.problem}`;
    return {
      nodes: nodesOf(request.cluster, now.targets),
      targets: resolved(request.cluster, now.targets),
      difference: drift.length > 0 ? drift : null,
      blocked: message ? new DomainError('KUBELET_UNAVAILABLE', message) : undefined,
    };
  }

  async begin(): Promise<void> {
    // Its plan can be read from now on.
  }

  async end(): Promise<void> {
    // Nothing waits for it.
  }

  /** Whoever carries out the plan says how it ended. */
  async outcome(): Promise<null> {
    return null;
  }
}
