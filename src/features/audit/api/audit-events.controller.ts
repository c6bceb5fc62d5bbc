import { Controller, Get, Param, Query } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { Caller } from '../../../kernel/actor.js';
import { CurrentCaller } from '../../../platform/api/current-caller.decorator.js';
import { type ListOf, toList } from '../../../platform/api/page.dto.js';
import { ListForms } from '../../../platform/rest/listed.decorator.js';
import { ReadAuditTrail } from '../application/read-audit-trail.service.js';
import { AuditEventDto, AuditEventPages } from './dto/audit-event.dto.js';
import { AuditEventQuery, auditFilter } from './dto/audit-event-query.dto.js';

@ApiTags('Audit')
@Controller('audit-events')
export class AuditEventsController {
  constructor(private readonly trail: ReadAuditTrail) {}

  @Get()
  @ApiOperation({ operationId: 'listAuditEvents', summary: 'List audit events, newest first' })
  @ListForms(AuditEventDto, [
    ['TIME', ({ at }) => at.toISOString()],
    ['KIND', ({ kind }) => kind],
    ['ACTION', ({ action }) => action],
    ['ON', ({ resource }) => resource.name],
    ['BY', ({ actor }) => actor.displayName],
    ['OUTCOME', ({ outcome }) => outcome],
  ])
  @ApiOkResponse({ type: AuditEventPages.List })
  async list(@CurrentCaller() caller: Caller, @Query() query: AuditEventQuery): Promise<ListOf<AuditEventDto>> {
    return toList(await this.trail.list(caller, auditFilter(query, caller), query), (event) => event);
  }

  @Get(':id')
  @ApiOperation({ operationId: 'getAuditEvent', summary: 'Read one audit event' })
  @ApiOkResponse({ type: AuditEventDto })
  get(@CurrentCaller() caller: Caller, @Param('id') id: string): Promise<AuditEventDto> {
    return this.trail.get(caller, id);
  }
}
