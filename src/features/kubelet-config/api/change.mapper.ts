import type { ChangeEvent, ChangeRecord } from '../application/change-record.js';
import type { FreezeWindowSet, StoredPolicy } from '../application/ports/governance-repository.port.js';
import type { ExplainedChange } from '../application/read-changes.service.js';
import type { ApprovalSubject } from '../domain/approval/approval-policy.js';
import { quorumStatus } from '../domain/approval/approval-preview.js';
import type { Review } from '../domain/approval/approval-state.js';
import { type Participant, personOf } from '../domain/approval/participant.js';
import type {
  ChangeParticipantDto,
  ChangeReviewDto,
  KubeletConfigChangeDto,
  KubeletConfigChangeEventDto,
} from './dto/change.dto.js';
import type { KubeletConfigChangeDiffDto } from './dto/change-diff.dto.js';
import type { ApprovalPolicyDto, FreezeWindowsDto, NewApprovalPreviewDto } from './dto/governance.dto.js';

const dateOf = (text: string | null): Date | null => (text === null ? null : new Date(text));

function participantDto(participant: Participant): ChangeParticipantDto {
  const { actorId, displayName } = participant;
  return { actorId, displayName, person: personOf(participant) };
}

function reviewDto({ reviewer, decision, contentHash, comment, at, voidedAt, voidReason }: Review): ChangeReviewDto {
  return {
    reviewer: participantDto(reviewer),
    decision,
    contentHash,
    comment,
    at: new Date(at),
    voidedAt: dateOf(voidedAt),
    voidReason,
  };
}

export function changeDto(change: ChangeRecord): KubeletConfigChangeDto {
  const { id, version, spec, reason, ticket, approval, targets, notices, drainFirst, createdAt, updatedAt } = change;
  const { satisfied, missing } = quorumStatus(approval);
  return {
    id,
    version,
    status: approval.status,
    ...spec,
    reason,
    ticket,
    author: participantDto(approval.author),
    lastEditor: participantDto(approval.lastEditor),
    contentHash: approval.contentHash,
    risk: approval.subject.risk,
    drainFirst,
    targets: targets.map(({ node, uid, kubeletVersion, platform, baseHash }) => ({
      node,
      uid,
      kubeletVersion,
      platform,
      baseHash,
    })),
    notices,
    policyVersion: approval.policy.version,
    reviews: approval.reviews.map(reviewDto),
    quorum: { satisfied, missing },
    approvalExpiresAt: dateOf(approval.approvalExpiresAt),
    executionExpiresAt: dateOf(approval.executionExpiresAt),
    scheduledFor: dateOf(approval.scheduledFor),
    breakGlass: approval.breakGlass,
    difference: approval.difference,
    createdAt,
    updatedAt,
  };
}

export const changeEventDto = ({ seq, type, data, at }: ChangeEvent): KubeletConfigChangeEventDto => ({
  seq,
  type,
  data,
  at,
});

export function changeDiffDto({ change, explanation, validation }: ExplainedChange): KubeletConfigChangeDiffDto {
  const { risk, drainFirst, compliantNodes, overriddenNodes } = explanation;
  const groups = explanation.groups.map(({ configHash: _hash, checkpointFiles: _files, ...group }) => ({
    ...group,
    changes: group.changes.map(({ checkpointFiles: _checkpoints, before, after, ...told }) => ({
      ...told,
      before: before ?? null,
      after: after ?? null,
    })),
  }));
  const texts = groups.map(({ nodes, unifiedDiff }) => `# ${nodes.join(', ')}\n${unifiedDiff || '# no change\n'}`);
  return {
    id: change.id,
    contentHash: change.approval.contentHash,
    risk,
    drainFirst,
    errors: validation.errors,
    notices: validation.notices,
    groups,
    compliantNodes,
    overriddenNodes,
    unifiedDiff: texts.join('\n'),
  };
}

export const policyDto = ({ policy, createdBy, createdAt }: StoredPolicy): ApprovalPolicyDto => ({
  ...policy,
  createdBy,
  createdAt,
});

export const freezeWindowsDto = (set: FreezeWindowSet): FreezeWindowsDto => ({ ...set });

export const subjectOf = ({ kind, risk, nodes }: NewApprovalPreviewDto): ApprovalSubject => ({
  kind,
  risk,
  nodes: nodes.map(({ cluster, node, labels = {} }) => ({ cluster, node, labels })),
});
