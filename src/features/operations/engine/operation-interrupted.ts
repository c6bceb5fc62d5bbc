/** Why the work on an operation stops before its own end. */
export type Interruption =
  /** The caller asked for it. */
  | 'CANCEL'
  /** The wall-clock deadline has passed. */
  | 'DEADLINE'
  /** Another worker claimed it: nothing may be sent or written any more. */
  | 'LOST'
  /** The process stops: another worker goes on. */
  | 'SHUTDOWN';

export class OperationInterrupted extends Error {
  override readonly name = 'OperationInterrupted';

  constructor(readonly interruption: Interruption) {
    super(`interrupted: ${interruption}`);
  }
}
