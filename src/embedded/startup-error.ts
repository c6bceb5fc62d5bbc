/**
 * A reason why embedded mode cannot start that a person can do something about. The message is one line: what is wrong and what to do;
 * `main` prints it without a stack and exits.
 */
export class StartupError extends Error {
  override readonly name = 'StartupError';

  constructor(message: string, options?: { cause?: unknown }) {
    super(message.replace(/\s*\n\s*/g, ' '), options);
  }
}
