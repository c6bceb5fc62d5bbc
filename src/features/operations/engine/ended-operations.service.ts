import { Injectable } from '@nestjs/common';
import type { OperationType } from '../operation-definitions.js';
import type { NewOperationEvent } from './operation-event.js';
import type { OperationRecord } from './operation-record.js';

/** What a cancel did to an operation that had ended. */
export interface CancelledEnd {
  readonly next: OperationRecord;
  readonly events: readonly NewOperationEvent[];
  /** For the audit event. */
  readonly after: Record<string, unknown>;
}

/** What a type of operation still has to do once one of them has ended. */
export interface EndedOperation {
  /** A cancel of one that has ended, in the transaction that holds its lock; null where nothing is left that a cancel could mean. */
  cancelled(operation: OperationRecord): Promise<CancelledEnd | null>;
}

/** By type, filled at start. Most types have nothing to do any more. */
@Injectable()
export class EndedOperations {
  private readonly byType = new Map<OperationType, EndedOperation>();

  register(type: OperationType, ended: EndedOperation): void {
    this.byType.set(type, ended);
  }

  async cancelled(operation: OperationRecord): Promise<CancelledEnd | null> {
    return (await this.byType.get(operation.type)?.cancelled(operation)) ?? null;
  }
}
