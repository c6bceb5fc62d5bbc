import { Global, Module } from '@nestjs/common';
import { AuditTrail } from './application/audit-trail.js';
import { PostgresAuditTrail } from './infra/postgres-audit-trail.js';

/** The writing side, in every process: nothing acts unaudited. */
@Global()
@Module({
  providers: [{ provide: AuditTrail, useClass: PostgresAuditTrail }],
  exports: [AuditTrail],
})
export class AuditModule {}
