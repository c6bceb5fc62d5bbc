import type { Actor, RequestContext } from '../../kernel/actor.js';
import { DomainError } from '../../kernel/domain-error.js';

/** Query parameter of streams, which stands for a header where none can be sent. */
export const TICKET_PARAMETER = 'streamTicket';

/** Turns credentials into an actor. The access feature provides it. */
export abstract class Authenticator {
  /**
   * @param authorization the Authorization header, as it came
   * @throws DomainError UNAUTHENTICATED for missing, malformed, unknown, expired or revoked credentials
   */
  abstract authenticate(authorization: string | undefined, request: RequestContext): Promise<Actor>;

  /**
   * @param path of the request, without its query
   * @throws DomainError UNAUTHENTICATED for a ticket that is not of this path or time, or whose credential is gone
   */
  authenticateTicket(_ticket: string, _path: string, _request: RequestContext): Promise<Actor> {
    throw new DomainError('UNAUTHENTICATED', 'No tickets are taken.');
  }

  /** A ticket for one path in the name of what `authenticate` gave; undefined for any other actor. */
  ticketFor(_actor: Actor, _path: string, _expiresAt: Date): string | undefined {
    return undefined;
  }

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
