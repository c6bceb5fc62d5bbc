/** Ends an operation as FAILED, with a stable code and words for people. */
export class OperationFailed extends Error {
  override readonly name = 'OperationFailed';

  constructor(
    readonly code: string,
    message: string,
  ) {
    super(message);
  }
}
