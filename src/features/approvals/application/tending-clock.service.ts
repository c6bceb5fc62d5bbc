import { Injectable } from '@nestjs/common';
import { Clock } from '../../../kernel/clock.js';
import { Logger } from '../../../platform/telemetry/logger.js';

/** The time, and where to tell what went wrong. */
@Injectable()
export class TendingClock {
  constructor(
    private readonly clock: Clock,
    private readonly logger: Logger,
  ) {}

  now(): Date {
    return this.clock.now();
  }

  warn(requestId: string, error: unknown): void {
    this.logger.warn({ requestId, err: error }, 'an approval request could not be moved; it is looked at again');
  }
}
