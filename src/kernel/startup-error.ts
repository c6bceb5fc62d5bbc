/** A reason the process can't start. The message is one line that says what to do; it is printed without a stack. */
export class StartupError extends Error {
  override readonly name = 'StartupError';
}
