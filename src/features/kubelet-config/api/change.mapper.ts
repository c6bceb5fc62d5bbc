import type { Caller } from '../../../kernel/actor.js';
import { historyFilter, renamed } from '../../../platform/api/history-query.dto.js';
import { participantDto, quorumStatus, reviewDto } from '../../approvals/index.js';
import type { ChangeRecord } from '../application/change-record.js';
import type { ChangeFilter, ExplainedChange } from '../application/read-changes.service.js';
import type { KubeletConfigChangeDto, KubeletConfigChangesQuery } from './dto/change.dto.js';
import type { KubeletConfigChangeDiffDto } from './dto/change-diff.dto.js';

const dateOf = (text: string | null): Date | null => (text === null ? null : new Date(text));

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
    externalCorrelationId: change.externalCorrelationId,
    author: participantDto(approval.author),
    lastEditor: participantDto(approval.lastEditor),
    editors: approval.editors.map(participantDto),
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

export function changeFilter(query: KubeletConfigChangesQuery, caller: Caller): ChangeFilter {
  const status = renamed(query, 'state', 'status');
  return { ...historyFilter(query, caller), status, author: query.author };
}

export function changeDiffDto({ change, explanation, validation }: ExplainedChange): KubeletConfigChangeDiffDto {
  const { risk, drainFirst, compliantNodes, overriddenNodes } = explanation;
  const groups = explanation.groups.map(({ configHash: _hash, checkpointFiles: _files, ...group }) => ({
    ...group,
    changes: group.changes.map(({ checkpointFiles: _checkpoints, before, after, ...change }) => ({
      ...change,
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
