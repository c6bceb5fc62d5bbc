import { Injectable } from '@nestjs/common';
import type { Caller } from '../../../kernel/actor.js';
import type { AccessAction } from '../domain/access-action.js';
import type { AccessResource } from '../domain/access-resource.js';
import { AccessControl, type AccessDecision } from './access-control.js';

/** Explains a decision about the caller itself, without doing the thing. Labels are what the caller says they are. */
@Injectable()
export class CheckAccess {
  constructor(private readonly access: AccessControl) {}

  check(caller: Caller, action: AccessAction, resource: AccessResource): AccessDecision {
    return this.access.decide(caller.actor, action, resource);
  }
}
