import { Injectable } from '@nestjs/common';
import { OperationFeed } from '../operations/index.js';
import { CarryRunActions } from './carry-run-actions.service.js';
import { MaintenanceStores } from './maintenance-stores.service.js';
import { ObserveRun } from './observe-run.service.js';

/** What each run's loop works with. */
@Injectable()
export class RunLoopParts {
  constructor(
    readonly stores: MaintenanceStores,
    readonly observer: ObserveRun,
    readonly carrier: CarryRunActions,
    readonly feed: OperationFeed,
  ) {}
}
