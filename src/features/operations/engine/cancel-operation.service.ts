import { Injectable } from '@nestjs/common';
import type { Caller } from '../../../kernel/actor.js';
import { DomainError } from '../../../kernel/domain-error.js';
import { type Decided, Decisions, type Refused } from '../../../platform/decisions/decisions.js';
import { AccessControl, Idempotency } from '../../access/index.js';
import { ReviewRequests } from '../../approvals/index.js';
import { EndedOperations } from './ended-operations.service.js';
import type { NewOperationEvent } from './operation-event.js';
import { auditLinks, type OperationRecord } from './operation-record.js';
import { type LockedOperation, OperationRepository } from './operation-repository.port.js';
import { endOfIntent, transition } from './operation-transition.js';
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
    private readonly decisions: Decisions,
    private readonly idempotency: Idempotency,
    private readonly approvals: ReviewRequests,
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
        return { operationId: id };
      }
      await this.decisions.move(this.operations, id, operationNotFound(id), (locked: LockedOperation) =>
        this.decided(caller, locked, request, policyIds),
      );
      return { operationId: id };
    });
    return (await this.operations.find(id)) ?? known;
  }

  private async decided(
    caller: Caller,
    { operation, databaseNow }: LockedOperation,
    { restore = true, reason }: CancelRequest,
    policyIds: string[],
  ): Promise<Decided<OperationRecord, NewOperationEvent> | Refused | null> {
    const cancel = { type: 'CANCEL', by: caller.actor.displayName, restore } as const;
    const decided = transition(operation, cancel, databaseNow);
    const { cluster, nodeName: name, nodeUid: uid, state } = operation;
    const resource = { type: 'Node', cluster, name, uid };
    const why = reason ? { reason } : {};
    const asked = {
      caller,
      action: 'operation.cancel',
      resource,
      ...auditLinks(operation),
      ...why,
      policyIds,
      before: { state },
    };
    if (!('rejection' in decided)) {
      const { next, events } = decided;
      return { next, events, audit: [{ ...asked, after: { state: next.state, restore } }], closes: endOfIntent(next) };
    }
    // Asking twice is no mistake.
    if (decided.rejection === 'ALREADY_CANCELLING') return null;
    // What a finished operation still has to do may be done now instead of later.
    const done = await this.ended.cancelled(operation);
    if (!done) return { refusal: finished(operation, decided.rejection === 'ALREADY_ENDING') };
    return { next: done.next, events: done.events, audit: [{ ...asked, after: done.after }] };
  }
}

function finished(operation: OperationRecord, ending: boolean): DomainError {
  const state = ending ? 'about to end' : operation.state;
  return new DomainError('OPERATION_FINISHED', `The operation can't be cancelled: it is ${state}.`, {
    extensions: { operationId: operation.id, state: operation.state },
  });
}
