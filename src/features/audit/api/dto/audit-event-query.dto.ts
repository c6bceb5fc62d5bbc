import type { Caller } from '../../../../kernel/actor.js';
import { UUID } from '../../../../kernel/ids.js';
import { Field } from '../../../../platform/api/field.decorator.js';
import { HistoryQuery, historyFilter } from '../../../../platform/api/history-query.dto.js';
import { QueryShape } from '../../../../platform/api/shape.decorator.js';
import type { AuditFilter } from '../../domain/audit-event.js';
import { AuditKindEnum, AuditOutcomeEnum } from './audit-event.dto.js';

const MAX = 253;

@QueryShape()
export class AuditEventQuery extends HistoryQuery {
  @Field({ nullable: true, maxLength: MAX, description: 'Action, such as node.drain.' }) action?: string;
  @Field({ enum: AuditKindEnum, list: true, nullable: true, description: 'Kinds of record.' }) kind?: string[];
  @Field({ enum: AuditOutcomeEnum, list: true, nullable: true, description: 'Outcomes.' }) outcome?: string[];
  @Field({ nullable: true, maxLength: MAX, description: 'Kind of resource, such as Node.' }) resourceType?: string;
  @Field({ nullable: true, maxLength: MAX, description: 'Name of the resource: a node, a pod.' }) resource?: string;
  @Field({ nullable: true, maxLength: MAX, description: 'Operation, run or change.' }) correlationId?: string;
  @Field({ type: 'id', nullable: true, maxLength: 64, pattern: UUID, description: 'Run, and all that it did.' })
  maintenanceRun?: string;
  @Field({ nullable: true, maxLength: MAX, description: 'Request id.' }) requestId?: string;
  @Field({ nullable: true, description: 'Only intents that have no outcome.' }) dangling?: boolean;
}

export function auditFilter(query: AuditEventQuery, caller: Caller): AuditFilter {
  return { ...query, ...historyFilter(query, caller) };
}
