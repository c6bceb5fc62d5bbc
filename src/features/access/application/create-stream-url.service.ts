import { Inject, Injectable } from '@nestjs/common';
import type { AppConfig } from '../../../config/app-config.js';
import { APP_CONFIG } from '../../../config/config.module.js';
import type { Caller } from '../../../kernel/actor.js';
import { Clock } from '../../../kernel/clock.js';
import { DomainError } from '../../../kernel/domain-error.js';
import { Authenticator, TICKET_PARAMETER } from '../../../platform/api/authenticator.js';

export interface StreamUrl {
  readonly url: string;
  readonly expiresAt: Date;
}

/** Addresses for what can't send a header: EventSource of a browser. What the credential may see is decided when it is opened. */
@Injectable()
export class CreateStreamUrl {
  constructor(
    private readonly authenticator: Authenticator,
    private readonly clock: Clock,
    @Inject(APP_CONFIG) private readonly config: AppConfig,
  ) {}

  /** @throws DomainError FORBIDDEN for credentials that no ticket can stand for */
  create({ actor }: Caller, path: string, expiresInSeconds: number): StreamUrl {
    const wanted = this.clock.now().getTime() + expiresInSeconds * 1000;
    const expiresAt = new Date(Math.min(wanted, actor.credentialExpiresAt?.getTime() ?? wanted));
    const ticket = this.authenticator.ticketFor(actor, path, expiresAt);
    if (ticket === undefined) throw new DomainError('FORBIDDEN', 'This credential gives no addresses of streams.');
    return { url: `${this.config.http.publicUrl}${path}?${TICKET_PARAMETER}=${ticket}`, expiresAt };
  }
}
