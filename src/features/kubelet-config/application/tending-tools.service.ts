import { Injectable } from '@nestjs/common';
import { Clock } from '../../../kernel/clock.js';
import { UnitOfWork } from '../../../platform/postgres/unit-of-work.js';
import { Logger } from '../../../platform/telemetry/logger.js';

/** What looking after changes needs besides use cases. */
@Injectable()
export class TendingTools {
  constructor(
    readonly unitOfWork: UnitOfWork,
    private readonly clock: Clock,
    private readonly logger: Logger,
  ) {}

  now(): Date {
    return this.clock.now();
  }

  warn(changeId: string, error: unknown): void {
    this.logger.warn({ changeId, err: error }, 'a kubelet config change could not be moved; it is looked at again');
  }
}
