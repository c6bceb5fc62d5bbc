import { Global, Module } from '@nestjs/common';
import { AuditTrail } from '../../kernel/audit-trail.js';
import { Decisions } from '../../platform/decisions/decisions.js';
import { PostgresAuditTrail } from './infra/postgres-audit-trail.js';

/** The writing side, in every process: nothing acts unaudited, and nothing is decided without a record. */
@Global()
@Module({
  providers: [{ provide: AuditTrail, useClass: PostgresAuditTrail }, Decisions],
  exports: [AuditTrail, Decisions],
})
export class AuditModule {}
