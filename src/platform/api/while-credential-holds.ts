import type { Caller } from '../../kernel/actor.js';
import { whenCredentialEnds } from './open-answer.js';

/**
 * Long work for one answer, which ends when the caller's credential does, as streams do; its signal aborts then, or when
 * `signal` does.
 * @throws DomainError that says how the credential ended, instead of what `work` gave
 */
export async function whileCredentialHolds<T>(
  caller: Caller,
  signal: AbortSignal,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const lost = new AbortController();
  const stop = whenCredentialEnds(caller, (why) => lost.abort(why));
  try {
    return await work(AbortSignal.any([signal, lost.signal]));
  } finally {
    stop();
    lost.signal.throwIfAborted();
  }
}
