import { Injectable } from '@nestjs/common';
import { Decisions } from '../../platform/decisions/decisions.js';
import { OperationFeed } from '../operations/index.js';
import { MaintenanceRunRepository } from './maintenance-run-repository.port.js';
import { ObserveRun } from './observe-run.service.js';
import { PerformRunActions } from './perform-run-actions.service.js';

/** What each run's loop works with. */
@Injectable()
export class RunLoopParts {
  constructor(
    readonly runs: MaintenanceRunRepository,
    readonly decisions: Decisions,
    readonly observer: ObserveRun,
    readonly carrier: PerformRunActions,
    readonly feed: OperationFeed,
  ) {}
}
