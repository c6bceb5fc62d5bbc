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

/** Who stands in for whom: each for themselves; whoever may write approval policies for anybody. */
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
      await this.delegations.insert({ ...made, createdBy: caller.actor.id, createdAt: now, endedAt: null });
      return { id: made.id };
    });
    return this.get(id);
  }

  /** Own ones on either side; all for those who may write approval policies. */
  list(caller: Caller): Promise<Delegation[]> {
    return this.delegations.active(this.clock.now(), this.mayManageAll(caller) ? undefined : personOfCaller(caller));
  }

  async end(caller: Caller, id: string): Promise<void> {
    const { person, delegate } = await this.get(id);
    // One among others is not told of: to whoever is not concerned it does not exist.
    if (![person, delegate].includes(personOfCaller(caller)) && !this.mayManageAll(caller))
      throw delegationNotFound(id);
    const policyIds = await this.permitted(caller, person);
    await this.idempotency.run(caller, undefined, { useCase: 'endDelegation', id }, async () => {
      await this.note(caller, id, policyIds, undefined, { person, delegate, ended: true });
      await this.delegations.end(id, this.clock.now());
      return { id };
    });
  }

  private mayManageAll(caller: Caller): boolean {
    return this.access.decide(caller.actor, 'approval-policy.write', SYSTEM).allowed;
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
    const intents = await this.audit.record([
      { kind: 'INTENT', caller, action: 'delegation.write', resource, policyIds, after, ...why },
    ]);
    await this.audit.close(intents, { outcome: 'SUCCEEDED' });
  }
}

const personOfCaller = ({ actor }: Caller): string => personOf(participantOf(actor));

const delegationNotFound = (id: string) => new DomainError('NOT_FOUND', `There is no delegation "${id.slice(0, 64)}".`);
