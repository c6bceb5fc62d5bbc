import { DomainError } from '../../../kernel/domain-error.js';
import type { ResolvedTarget } from '../domain/approval-content.js';
import type { ApprovalEffect } from '../domain/approval-event.js';
import type { ApprovalKind } from '../domain/approval-policy.js';
import type { ApprovalState } from '../domain/approval-state.js';

/** Something of another feature that waits for approval, or was approved. */
export interface ApprovalRecord {
  readonly id: string;
  readonly version: number;
  readonly kind: ApprovalKind;
  readonly cluster: string;
  /** The operation or run that waits; a kubelet config change is kept under the id of its request. */
  readonly subjectId: string;
  /** What is to be done, as reviewers see it; part of the content hash. */
  readonly spec: Readonly<Record<string, unknown>>;
  readonly targets: readonly ResolvedTarget[];
  readonly reason: string;
  readonly ticket: string | null;
  /** By which who asked finds again what belongs together. */
  readonly externalCorrelationId: string | null;
  /** `history` holds only what was added since loading. */
  readonly approval: ApprovalState;
  /** Why an approved request does not start yet. */
  readonly held: string | null;
  /** When those who may review it were reminded. */
  readonly remindedAt: Date | null;
  /** When its targets were last compared with those under review. */
  readonly targetsCheckedAt: Date | null;
  readonly lastSeq: number;
  readonly createdAt: Date;
  readonly updatedAt: Date;
}

/** One line of the history of a request, and of its live stream. */
export interface ApprovalRequestEvent {
  seq: number;
  type: string;
  data: Record<string, unknown>;
  at: Date;
}

export type NewApprovalRequestEvent = Pick<ApprovalRequestEvent, 'type' | 'data'>;

/** What the history says of a decision: what was decided, and then what follows from it. */
export const eventsOf = (
  { history }: Pick<ApprovalState, 'history'>,
  effects: readonly ApprovalEffect[],
): NewApprovalRequestEvent[] => [
  ...history.map(({ event, ...entry }) => ({ type: event, data: { ...entry } })),
  ...effects.map((effect) => ({ type: 'EFFECT', data: { ...effect, effect: effect.type } })),
];

export function requestNotFound(id: string): DomainError {
  return new DomainError('NOT_FOUND', `There is no approval request "${id.slice(0, 64)}".`);
}
