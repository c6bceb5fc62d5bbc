import { Args, ID, Query, Resolver } from '@nestjs/graphql';
import type { Caller } from '../../../kernel/actor.js';
import { CurrentCaller } from '../../../platform/api/current-caller.decorator.js';
import { type ConnectionOf, toConnection } from '../../../platform/api/page.dto.js';
import { ReadAuditTrail } from '../application/read-audit-trail.service.js';
import { AuditEventDto, AuditEventPages } from './dto/audit-event.dto.js';
import { AuditEventQuery, auditFilter } from './dto/audit-event-query.dto.js';

@Resolver()
export class AuditEventsResolver {
  constructor(private readonly trail: ReadAuditTrail) {}

  @Query(() => AuditEventPages.Connection, { description: 'Audit events, newest first.' })
  async auditEvents(
    @CurrentCaller() caller: Caller,
    @Args() query: AuditEventQuery,
  ): Promise<ConnectionOf<AuditEventDto>> {
    return toConnection(await this.trail.list(caller, auditFilter(query, caller), query), (event) => event);
  }

  @Query(() => AuditEventDto, { description: 'One audit event.' })
  auditEvent(@CurrentCaller() caller: Caller, @Args('id', { type: () => ID }) id: string): Promise<AuditEventDto> {
    return this.trail.get(caller, id);
  }
}
