import type { Review } from '../domain/approval-state.js';
import { type Participant, personOf } from '../domain/participant.js';
import type { ChangeParticipantDto, ChangeReviewDto } from './dto/review.dto.js';

const dateOf = (text: string | null): Date | null => (text === null ? null : new Date(text));

export function participantDto(participant: Participant): ChangeParticipantDto {
  const { actorId, displayName } = participant;
  return { actorId, displayName, person: personOf(participant) };
}

export function reviewDto({
  reviewer,
  decision,
  contentHash,
  comment,
  at,
  voidedAt,
  voidReason,
}: Review): ChangeReviewDto {
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
