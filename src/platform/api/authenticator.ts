import type { Actor, RequestContext } from '../../kernel/actor.js';
import type { DomainError } from '../../kernel/domain-error.js';

/** Turns credentials into an actor. The access feature provides it. */
export abstract class Authenticator {
  /**
   * @param authorization the Authorization header, as it came
   * @throws DomainError UNAUTHENTICATED for missing, malformed, unknown, expired or revoked credentials
   */
  abstract authenticate(authorization: string | undefined, request: RequestContext): Promise<Actor>;

  /** Whether these credentials proved themselves here lately. Looks nothing up: what others do behind the same address must not lock them out. */
  recognizes(_authorization: string, _request: RequestContext): boolean {
    return false;
  }

  /**
   * Calls `end` once, when what `authenticate` said of this very actor object does not hold any more. Returns how to stop.
   */
  whenLost(_actor: Actor, _end: (why: DomainError) => void): () => void {
    return () => undefined;
  }
}
