import { type CanActivate, type ExecutionContext, Injectable, SetMetadata } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import { DomainError } from '../../kernel/domain-error.js';
import { Authenticator } from './authenticator.js';
import { requestContextOf } from './request-context.js';
import { requestOf } from './request-of.js';

const PUBLIC = Symbol('public');

/** Marks a controller or handler that answers without credentials: health, metrics, the API document. */
export const Public = () => SetMetadata(PUBLIC, true);

/** Requires credentials everywhere but on @Public. Bad credentials are 401, never 403: they say nothing about rights. */
@Injectable()
export class AuthenticationGuard implements CanActivate {
  constructor(
    private readonly authenticator: Authenticator,
    private readonly reflector: Reflector,
  ) {}

  async canActivate(context: ExecutionContext): Promise<boolean> {
    if (this.reflector.getAllAndOverride<boolean>(PUBLIC, [context.getHandler(), context.getClass()])) return true;
    const request = requestOf(context);
    if (request.caller) {
      // A subscription outlives its handshake: the credential may have ended since.
      const { credentialExpiresAt } = request.caller.actor;
      if (credentialExpiresAt && credentialExpiresAt.getTime() <= Date.now()) {
        throw new DomainError('UNAUTHENTICATED', 'The credential has expired.');
      }
      return true;
    }
    const { raw } = request;
    if (!raw) throw new DomainError('UNAUTHENTICATED', 'Send { authorization: "Bearer …" } as connection parameters.');
    const actor = await this.authenticator.authenticate(raw.headers.authorization, raw.ip);
    request.caller = { actor, request: requestContextOf(raw, String(raw.id), raw.ip) };
    return true;
  }
}
