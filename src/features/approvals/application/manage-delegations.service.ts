import { Injectable } from '@nestjs/common';
import type { Caller } from '../../../kernel/actor.js';
import { Clock } from '../../../kernel/clock.js';
import { DomainError } from '../../../kernel/domain-error.js';
import { newId } from '../../../kernel/ids.js';
import { invalidInput } from '../../../kernel/invalid-input.js';
import { AccessControl, Idempotency } from '../../access/index.js';
import { AuditTrail } from '../../audit/index.js';
import { participantOf, personOf } from '../domain/participant.js';
import { type Delegation, DelegationRepository } from './ports/delegation-repository.port.js';

export interface NewDelegation {
  /** Left out: the caller. */
  person?: string | undefined;
  delegate: string;
  until: Date;
  reason: string;
}

const SYSTEM = { type: 'System' } as const;
const MAX_DAYS = 366;

/**
 * Who stands in for whom: each for themselves; whoever may write approval policies for anybody. A delegation counts from when
 * its delegate has accepted it: a delegate may not review, so naming one must not be a way to keep somebody from reviewing.
 */
@Injectable()
export class ManageDelegations {
  constructor(
    private readonly delegations: DelegationRepository,
    private readonly access: AccessControl,
    private readonly audit: AuditTrail,
    private readonly idempotency: Idempotency,
    private readonly clock: Clock,
  ) {}

  async create(caller: Caller, input: NewDelegation, key?: string): Promise<Delegation> {
    const { delegate, until, reason } = input;
    const person = input.person ?? personOfCaller(caller);
    const policyIds = await this.permitted(caller, person);
    const now = this.clock.now();
    const days = (until.getTime() - now.getTime()) / 86_400_000;
    const message = `must lie in the future, by at most ${MAX_DAYS} days`;
    if (!(days > 0 && days <= MAX_DAYS)) throw invalidInput([{ pointer: '/until', code: 'OUT_OF_RANGE', message }]);
    if (delegate === person) {
      throw invalidInput([{ pointer: '/delegate', code: 'NOT_ALLOWED', message: 'must be somebody else' }]);
    }
    const asked = { useCase: 'createDelegation', ...input };
    const { id } = await this.idempotency.run(caller, key, asked, async () => {
      const made = { id: newId(now.getTime()), person, delegate, until, reason };
      await this.note(caller, made.id, policyIds, reason, { person, delegate, until: until.toISOString() });
      await this.delegations.insert({
        ...made,
        createdBy: caller.actor.id,
        createdAt: now,
        acceptedAt: null,
        endedAt: null,
      });
      return { id: made.id };
    });
    return this.get(id);
  }

  /** Own ones on either side; all for those who may write approval policies. */
  list(caller: Caller): Promise<Delegation[]> {
    return this.delegations.active(this.clock.now(), this.mayManageAll(caller) ? undefined : subjectsOf(caller));
  }

  /** By the delegate and nobody else. @throws DomainError NOT_FOUND, FORBIDDEN, CONFLICT */
  async accept(caller: Caller, id: string): Promise<Delegation> {
    const known = await this.concerned(caller, id);
    const { person, delegate } = known;
    if (!subjectsOf(caller).includes(delegate)) {
      throw new DomainError('FORBIDDEN', 'Only the delegate can accept a delegation.');
    }
    const now = this.clock.now();
    if (known.endedAt !== null || known.until <= now) throw new DomainError('CONFLICT', 'The delegation is over.');
    if (known.acceptedAt !== null) return known;
    await this.idempotency.run(caller, undefined, { useCase: 'acceptDelegation', id }, async () => {
      await this.note(caller, id, [], undefined, { person, delegate, accepted: true });
      await this.delegations.accept(id, now);
      return { id };
    });
    return this.get(id);
  }

  /** By whoever may make it; by the delegate as long as it is not accepted. */
  async end(caller: Caller, id: string): Promise<void> {
    const { person, delegate, acceptedAt } = await this.concerned(caller, id);
    const declines = acceptedAt === null && subjectsOf(caller).includes(delegate);
    const policyIds = declines ? [] : await this.permitted(caller, person);
    await this.idempotency.run(caller, undefined, { useCase: 'endDelegation', id }, async () => {
      await this.note(caller, id, policyIds, undefined, { person, delegate, ended: true });
      await this.delegations.end(id, this.clock.now());
      return { id };
    });
  }

  private mayManageAll(caller: Caller): boolean {
    return this.access.decide(caller.actor, 'approval-policy.write', SYSTEM).allowed;
  }

  /** One among others is not told of: to whoever is not concerned it does not exist. */
  private async concerned(caller: Caller, id: string): Promise<Delegation> {
    const found = await this.get(id);
    const subjects = subjectsOf(caller);
    if (subjects.includes(found.person) || subjects.includes(found.delegate) || this.mayManageAll(caller)) return found;
    throw delegationNotFound(id);
  }

  private async permitted(caller: Caller, person: string): Promise<string[]> {
    if (person === personOfCaller(caller)) return [];
    return (await this.access.require(caller, 'approval-policy.write', SYSTEM)).policyIds;
  }

  private async get(id: string): Promise<Delegation> {
    const found = await this.delegations.find(id);
    if (!found) throw delegationNotFound(id);
    return found;
  }

  private async note(
    caller: Caller,
    uid: string,
    policyIds: string[],
    reason: string | undefined,
    after: Record<string, unknown>,
  ): Promise<void> {
    const resource = { type: 'Delegation', uid };
    const why = reason ? { reason } : {};
    await this.audit.recordDone([{ caller, action: 'delegation.write', resource, policyIds, after, ...why }]);
  }
}

const personOfCaller = ({ actor }: Caller): string => personOf(participantOf(actor));

/** As what a caller can be named: a bot as itself, and as the person that counts for it. */
const subjectsOf = (caller: Caller): string[] => [...new Set([caller.actor.id, personOfCaller(caller)])];

const delegationNotFound = (id: string) => new DomainError('NOT_FOUND', `There is no delegation "${id.slice(0, 64)}".`);
