import type { Actor } from '../../kernel/actor.js';

/** Turns credentials into an actor. The access feature provides it. */
export abstract class Authenticator {
  /**
   * @param authorization the Authorization header, as it came
   * @throws DomainError UNAUTHENTICATED for missing, malformed, unknown, expired or revoked credentials
   */
  abstract authenticate(authorization: string | undefined, sourceIp: string | undefined): Promise<Actor>;
}
