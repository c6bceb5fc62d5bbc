import { Injectable } from '@nestjs/common';
import { Outbox } from '../../../platform/postgres/outbox.js';
import { AuditTrail } from '../../audit/index.js';
import { OperationRepository } from './operation-repository.port.js';

/** What an operation is stored in: used together, in one transaction. */
@Injectable()
export class OperationStores {
  constructor(
    readonly operations: OperationRepository,
    readonly audit: AuditTrail,
    readonly outbox: Outbox,
  ) {}
}
