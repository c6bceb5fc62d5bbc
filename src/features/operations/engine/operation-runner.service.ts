import { StartupError } from '../../../kernel/startup-error.js';
import type { OperationType } from '../operation-definitions.js';
import type { OperationSession } from './operation-session.service.js';
import type { SessionChange } from './session-change.js';

/**
 * Does the work of one type of operation. Other features add types by registering runners. A runner must be able to
 * begin again at any line: it looks at what the cluster shows and at what the session has stored, never at memory.
 */
export interface OperationRunner {
  readonly type: OperationType;

  /** Resolves when the goal is reached. Throw OperationFailed, a DomainError, or pass on the session's interruption. */
  run(session: OperationSession): Promise<void>;

  /**
   * Called when it ends otherwise, maybe in another process: what closes the open audit intents, from what can be observed.
   * It is stored with the end itself, so that no crash leaves closed intents of work that goes on.
   */
  abandon(session: OperationSession): Promise<SessionChange>;
}

/** Runners by type, filled at start. */
export class OperationRunners {
  private readonly runners = new Map<OperationType, OperationRunner>();

  /** @throws StartupError for a type that has a runner already */
  register(runner: OperationRunner): void {
    if (this.runners.has(runner.type)) {
      throw new StartupError(`two runners claim operations of the type ${runner.type}: register one of them only`);
    }
    this.runners.set(runner.type, runner);
  }

  /** @throws StartupError where an operation could be asked for that nothing here can run */
  requireAll(types: readonly OperationType[]): void {
    const missing = types.filter((type) => !this.runners.has(type));
    if (missing.length === 0) return;
    throw new StartupError(
      `nothing runs operations of these types: ${missing.join(', ')}. Register an OperationRunner for each`,
    );
  }

  get(type: OperationType): OperationRunner {
    const runner = this.runners.get(type);
    if (!runner) throw new Error(`no runner for ${type}`);
    return runner;
  }
}
