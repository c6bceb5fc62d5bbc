/** A message to be handed to the queue once the transaction that wrote it has committed. */
export interface OutboxMessage {
  /** Job name; a handler must be registered under it. */
  job: string;
  /** Deterministic: the same id is never queued twice while its job exists. Must not contain `:`. */
  jobId: string;
  payload: Record<string, unknown>;
  /** Earliest time the job may run. */
  notBefore?: Date;
}

/** Transactional outbox: BullMQ can't join the caller's transaction, so rows are written here and relayed after commit. */
export abstract class Outbox {
  /** Stores messages in the current transaction. Relayed at least once. */
  abstract add(messages: readonly OutboxMessage[]): Promise<void>;
}
