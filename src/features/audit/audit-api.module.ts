import { Module } from '@nestjs/common';
import { AuditEventsController } from './api/audit-events.controller.js';
import { AuditEventsResolver } from './api/audit-events.resolver.js';
import { AuditEventRepository } from './application/ports/audit-event.repository.js';
import { ReadAuditTrail } from './application/read-audit-trail.service.js';
import { PostgresAuditEventRepository } from './infra/postgres-audit-event.repository.js';

@Module({
  controllers: [AuditEventsController],
  providers: [
    ReadAuditTrail,
    AuditEventsResolver,
    { provide: AuditEventRepository, useClass: PostgresAuditEventRepository },
  ],
})
export class AuditApiModule {}
