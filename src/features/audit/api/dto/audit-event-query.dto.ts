import { Field } from '../../../../platform/api/field.decorator.js';
import { PageQuery } from '../../../../platform/api/page.dto.js';
import { QueryShape } from '../../../../platform/api/shape.decorator.js';
import { AuditKindEnum, AuditOutcomeEnum } from './audit-event.dto.js';

const MAX = 253;

@QueryShape()
export class AuditEventQuery extends PageQuery {
  @Field({ nullable: true, maxLength: MAX, description: 'Subject of the actor.' }) actor?: string;
  @Field({ nullable: true, maxLength: MAX, description: 'Action, such as node.drain.' }) action?: string;
  @Field({ enum: AuditKindEnum, list: true, nullable: true, description: 'Kinds of record.' }) kind?: string[];
  @Field({ enum: AuditOutcomeEnum, list: true, nullable: true, description: 'Outcomes.' }) outcome?: string[];
  @Field({ nullable: true, maxLength: MAX, description: 'Cluster.' }) cluster?: string;
  @Field({ nullable: true, maxLength: MAX, description: 'Kind of resource, such as Node.' }) resourceType?: string;
  @Field({ nullable: true, maxLength: MAX, description: 'Name of the resource: a node, a pod.' }) resource?: string;
  @Field({ nullable: true, maxLength: MAX, description: 'Operation, run or change.' }) correlationId?: string;
  @Field({ nullable: true, maxLength: MAX, description: 'Request id.' }) requestId?: string;
  @Field({ nullable: true, description: 'At or after this time.' }) since?: Date;
  @Field({ nullable: true, description: 'Before this time.' }) until?: Date;
  @Field({ nullable: true, description: 'Only intents that have no outcome.' }) dangling?: boolean;
}
