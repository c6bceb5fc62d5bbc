import { type CanActivate, type ExecutionContext, Injectable, SetMetadata } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import { Admission } from './admission.js';
import { requestOf } from './request-of.js';

const PUBLIC = Symbol('public');

/** Marks a controller or handler that answers without credentials: health, metrics, the API document. */
export const Public = () => SetMetadata(PUBLIC, true);

/** Requires credentials everywhere but on @Public. Bad credentials are 401, never 403: they say nothing about rights. */
@Injectable()
export class AuthenticationGuard implements CanActivate {
  constructor(
    private readonly admission: Admission,
    private readonly reflector: Reflector,
  ) {}

  async canActivate(context: ExecutionContext): Promise<boolean> {
    if (this.reflector.getAllAndOverride<boolean>(PUBLIC, [context.getHandler(), context.getClass()])) return true;
    await this.admission.admit(requestOf(context));
    return true;
  }
}
