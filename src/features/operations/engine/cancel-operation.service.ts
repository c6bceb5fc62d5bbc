import { Injectable } from '@nestjs/common';
import type { Caller } from '../../../kernel/actor.js';
import { Clock } from '../../../kernel/clock.js';
import { DomainError } from '../../../kernel/domain-error.js';
import { AccessControl, Idempotency } from '../../access/index.js';
import { ReviewRequests } from '../../approvals/index.js';
import { AuditTrail } from '../../audit/index.js';
import { EndedOperations } from './ended-operations.service.js';
import { isTerminal } from './operation.js';
import type { OperationRecord } from './operation-record.js';
import { auditLinks } from './operation-record.js';
import { OperationRepository } from './operation-repository.port.js';
import { auditResult, transition } from './operation-transition.js';
import { hiddenOperation, nodeOf, operationNotFound } from './read-operations.service.js';

export interface CancelRequest {
  readonly id: string;
  readonly reason?: string | undefined;
  /** Take back an own cordon; true when left out. */
  readonly restore?: boolean | undefined;
  readonly idempotencyKey?: string | undefined;
}

/** Asks the worker that holds an operation to stop; one that nobody has begun ends at once. */
@Injectable()
export class CancelOperation {
  constructor(
    private readonly operations: OperationRepository,
    private readonly access: AccessControl,
    private readonly audit: AuditTrail,
    private readonly idempotency: Idempotency,
    private readonly approvals: ReviewRequests,
    private readonly clock: Clock,
    private readonly ended: EndedOperations,
  ) {}

  /** @throws DomainError NOT_FOUND, FORBIDDEN, OPERATION_FINISHED */
  async cancel(caller: Caller, request: CancelRequest): Promise<OperationRecord> {
    const { id, restore = true, reason, idempotencyKey } = request;
    const known = await this.operations.find(id);
    if (!known) throw operationNotFound(id);
    const { policyIds } = await this.access.require(caller, 'operation.cancel', nodeOf(known), hiddenOperation(id));
    const asked = { useCase: 'cancelOperation', id, restore, reason: reason ?? null };
    await this.idempotency.run(caller, idempotencyKey, asked, async () => {
      // The approval's row is locked before the operation's, here as everywhere.
      if (known.state === 'AWAITING_APPROVAL' && known.approvalId) {
        await this.approvals.withdraw(caller, known.approvalId, { reason, permitted: true });
      } else await this.decide(caller, id, restore, reason, policyIds);
      return { operationId: id };
    });
    return (await this.operations.find(id)) ?? known;
  }

  private async decide(caller: Caller, id: string, restore: boolean, reason: string | undefined, policyIds: string[]) {
    const locked = await this.operations.lock(id);
    if (!locked) throw operationNotFound(id);
    const { operation } = locked;
    const cancel = { type: 'CANCEL', by: caller.actor.displayName, restore } as const;
    const decided = transition(operation, cancel, this.clock.now());
    if ('rejection' in decided) {
      // Asking twice is no mistake.
      if (decided.rejection === 'ALREADY_CANCELLING') return;
      // What a finished operation still has to do may be done now instead of later.
      const done = await this.ended.cancelled(operation);
      if (!done) throw finished(operation, decided.rejection === 'ALREADY_ENDING');
      return this.audited(caller, operation, done, reason, policyIds);
    }
    await this.audited(caller, operation, { state: decided.next.state, restore }, reason, policyIds);
    if (isTerminal(decided.next.state) && operation.intentId) {
      await this.audit.close([operation.intentId], auditResult(decided.next));
    }
    await this.operations.save(decided.next, decided.events);
  }

  private async audited(
    caller: Caller,
    operation: OperationRecord,
    after: Readonly<Record<string, unknown>>,
    reason: string | undefined,
    policyIds: string[],
  ): Promise<void> {
    const { cluster, nodeName: name, nodeUid: uid, state } = operation;
    const [intent] = await this.audit.record([
      {
        kind: 'INTENT',
        caller,
        action: 'operation.cancel',
        resource: { type: 'Node', cluster, name, uid },
        ...auditLinks(operation),
        ...(reason ? { reason } : {}),
        policyIds,
        before: { state },
        after,
      },
    ]);
    if (intent) await this.audit.close([intent], { outcome: 'SUCCEEDED' });
  }
}

function finished(operation: OperationRecord, ending: boolean): DomainError {
  const state = ending ? 'about to end' : operation.state;
  return new DomainError('OPERATION_FINISHED', `The operation can't be cancelled: it is ${state}.`, {
    extensions: { operationId: operation.id, state: operation.state },
  });
}
