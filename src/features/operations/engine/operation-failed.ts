/** Ends an operation as FAILED, with a stable code and words for people. */
export class OperationFailed extends Error {
  override readonly name = 'OperationFailed';

  constructor(
    readonly code: string,
    message: string,
    /** Nothing was done that the own cordon would still be of use for: it is taken back whatever the options say. */
    readonly undoCordon = false,
  ) {
    super(message);
  }
}
