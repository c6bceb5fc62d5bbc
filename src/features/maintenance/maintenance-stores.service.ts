import { Injectable } from '@nestjs/common';
import { Outbox } from '../../platform/postgres/outbox.js';
import { UnitOfWork } from '../../platform/postgres/unit-of-work.js';
import { AuditTrail } from '../audit/index.js';
import { MaintenanceRunRepository } from './maintenance-run-repository.port.js';

/** What a run is stored in: used together, in one transaction. */
@Injectable()
export class MaintenanceStores {
  constructor(
    readonly runs: MaintenanceRunRepository,
    readonly audit: AuditTrail,
    readonly outbox: Outbox,
    readonly unitOfWork: UnitOfWork,
  ) {}
}
