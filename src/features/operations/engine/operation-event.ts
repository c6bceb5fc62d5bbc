import type { OperationFailure, OperationState, OperationStep } from './operation.js';
import type { OperationRecord } from './operation-record.js';

export const OPERATION_EVENT_TYPES = ['STATE', 'STEP', 'POD', 'PROGRESS', 'DIAGNOSIS', 'WARNING', 'REVERT'] as const;
export type OperationEventType = (typeof OPERATION_EVENT_TYPES)[number];

type Facts = Readonly<Record<string, unknown>>;

/** What is known of each type of event, besides its words. */
export interface OperationEventData extends Record<OperationEventType, object> {
  readonly STATE: {
    readonly state: OperationState;
    readonly epoch: number;
    readonly failure: OperationFailure | null;
    readonly cancelledBy: string | null;
    readonly progress: OperationRecord['progress'];
  };
  readonly STEP: {
    readonly step: string;
    readonly state: OperationStep['state'];
    readonly message: OperationStep['message'];
  };
  readonly POD: Facts;
  readonly PROGRESS: Facts;
  /** Late: it has not gone on for longer than can be expected, which is worth showing outside of this service. */
  readonly DIAGNOSIS: Facts & { readonly late?: boolean };
  readonly WARNING: Facts;
  readonly REVERT: Facts;
}

export type NewOperationEvent = {
  readonly [T in OperationEventType]: {
    readonly type: T;
    /** One line for people. */
    readonly message: string;
    readonly data: OperationEventData[T];
  };
}[OperationEventType];

/** One line of an operation's stream. `seq` has no gaps within its operation, so a reader can resume after any of them. */
export type StoredOperationEvent = NewOperationEvent & {
  readonly operationId: string;
  readonly seq: number;
  readonly at: Date;
};
