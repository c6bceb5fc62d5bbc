export const OPERATION_EVENT_TYPES = ['STATE', 'STEP', 'POD', 'PROGRESS', 'DIAGNOSIS', 'WARNING', 'REVERT'] as const;
export type OperationEventType = (typeof OPERATION_EVENT_TYPES)[number];

export interface NewOperationEvent {
  readonly type: OperationEventType;
  /** One line for people. */
  readonly message: string;
  readonly data: Readonly<Record<string, unknown>>;
}

/** One line of an operation's stream. `seq` has no gaps within its operation, so a reader can resume after any of them. */
export interface StoredOperationEvent extends NewOperationEvent {
  readonly operationId: string;
  readonly seq: number;
  readonly at: Date;
}
