import type { Caller } from '../../../kernel/actor.js';

/**
 * Runs a request's effect at most once for each key of a principal, for 24 hours. The answer is stored in the
 * transaction of the effect, so neither can exist without the other.
 */
export abstract class Idempotency {
  /**
   * Runs `work` in a transaction (joining UnitOfWork), or gives back what the first run with this key answered.
   * Without a key it only runs `work` in a transaction.
   *
   * @param request use case and input, as JSON: the same key with another request is refused. Name the use case, not
   *   the transport, so that a retry through the other API is still the same request.
   * @param work returns JSON: a replay gets it back as JSON, so dates come back as text. Usually `{ operationId }`.
   * @throws DomainError IDEMPOTENCY_KEY_REUSED, or IDEMPOTENCY_KEY_IN_PROGRESS while the first run has not committed
   */
  abstract run<T>(caller: Caller, key: string | undefined, request: unknown, work: () => Promise<T>): Promise<T>;

  /**
   * What the first run with this key answered to this very request; undefined if there is none (or no key). Only reads:
   * ask it before looking at what the first run has changed since, or at a cluster that may be gone by the retry.
   */
  abstract answered<T>(caller: Caller, key: string | undefined, request: unknown): Promise<T | undefined>;
}
