import { Injectable } from '@nestjs/common';
import type { Actor } from '../../../kernel/actor.js';
import { Clock } from '../../../kernel/clock.js';
import { type Participant, participantOf, personOf } from '../domain/participant.js';
import { DelegationRepository } from './ports/delegation-repository.port.js';

/** Reviewers with the people for whom they stand in now. */
@Injectable()
export class Participants {
  constructor(
    private readonly delegations: DelegationRepository,
    private readonly clock: Clock,
  ) {}

  of(actor: Actor): Promise<Participant> {
    return this.today(participantOf(actor));
  }

  /** The same one, with the delegations of today instead of those of the time of the review. */
  async today(participant: Participant): Promise<Participant> {
    const subjects = [...new Set([participant.actorId, personOf(participant)])];
    const delegateOf = await this.delegations.delegateOf(subjects, this.clock.now());
    return { ...participant, delegateOf };
  }
}
