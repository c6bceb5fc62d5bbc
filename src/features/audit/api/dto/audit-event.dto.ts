import type { AuditOutcome } from '../../../../kernel/audit-trail.js';
import { defineEnum } from '../../../../platform/api/define-enum.js';
import { Field } from '../../../../platform/api/field.decorator.js';
import { pagesOf } from '../../../../platform/api/page.dto.js';
import { OutputType } from '../../../../platform/api/shape.decorator.js';
import { AUDIT_KINDS } from '../../domain/audit-event.js';

export const AuditKindEnum = defineEnum(
  'AuditKind',
  {
    INTENT: 'Written before anything is done.',
    OUTCOME: 'How it ended.',
    DENIED: 'An attempt that was refused.',
    READ: 'A read that counts.',
  } satisfies Record<(typeof AUDIT_KINDS)[number], string>,
  'What a record is about.',
);
export const AuditOutcomeEnum = defineEnum(
  'AuditOutcome',
  {
    SUCCEEDED: 'It was done.',
    FAILED: 'It was not, or not whole.',
    TIMED_OUT: 'Not in time.',
    CANCELLED: 'Somebody stopped it.',
    DENIED: 'It was not allowed.',
    UNKNOWN: 'Nobody could tell any more.',
  } satisfies Record<AuditOutcome, string>,
  'How something ended.',
);
export const ActorTypeEnum = defineEnum(
  'ActorType',
  { person: 'Somebody.', bot: 'A program with a credential of its own.', system: 'The service itself.' },
  'Kind of actor.',
);

@OutputType('AuditActor', 'Who did it.')
export class AuditActorDto {
  @Field({ enum: ActorTypeEnum, description: 'Kind of actor.' }) type!: string;
  @Field({ graphqlName: 'actorId', description: 'Stable subject.', example: 'token:4f1d2c3b4a596877' })
  id!: string;
  @Field({ description: 'Name for people.' }) displayName!: string;
  @Field({ type: 'string', list: true, description: 'Groups at that time.' }) groups!: string[];
  @Field({ type: 'string', nullable: true, description: 'The person a bot acted for.' }) onBehalfOf!: string | null;
  @Field({ description: 'How the actor proved who it is.', example: 'api-token' }) authMethod!: string;
}

@OutputType('AuditResource', 'What it was done to.')
export class AuditResourceDto {
  @Field({ description: 'Kind of resource.', example: 'Node' }) type!: string;
  @Field({ type: 'string', nullable: true, description: 'Cluster.' }) cluster!: string | null;
  @Field({ type: 'string', nullable: true, description: 'Name.' }) name!: string | null;
  @Field({ type: 'string', nullable: true, description: 'Kubernetes uid, or an id of this service.' }) uid!:
    | string
    | null;
  @Field({ type: 'string', nullable: true, description: 'Namespace.' }) namespace!: string | null;
}

@OutputType('AuditError', 'Why it failed.')
export class AuditErrorDto {
  @Field({ description: 'Stable code.' }) code!: string;
  @Field({ description: 'Text for people.' }) message!: string;
}

@OutputType('AuditEvent', 'One immutable record of something that an actor did, tried or was denied.')
export class AuditEventDto {
  @Field({ type: 'id', description: 'Id; sorts by time.' }) id!: string;
  @Field({ description: 'When.' }) at!: Date;
  @Field({ enum: AuditKindEnum, description: 'Kind of record.' }) kind!: string;
  @Field({ type: () => AuditActorDto, description: 'Who.' }) actor!: AuditActorDto;
  @Field({ type: 'string', nullable: true, description: 'Address of the caller.' }) sourceIp!: string | null;
  @Field({ type: 'string', nullable: true, description: 'User agent of the caller.' }) userAgent!: string | null;
  @Field({ description: 'Request it belongs to.' }) requestId!: string;
  @Field({ type: 'string', nullable: true, description: 'W3C trace id.' }) traceId!: string | null;
  @Field({ description: 'What.', example: 'node.drain' }) action!: string;
  @Field({ type: () => AuditResourceDto, description: 'On what.' }) resource!: AuditResourceDto;
  @Field({ type: 'string', nullable: true, description: 'Operation, run or change it belongs to.' })
  correlationId!: string | null;
  @Field({ type: 'string', nullable: true, description: 'Id that its caller gave to what belongs together.' })
  externalCorrelationId!: string | null;
  @Field({ type: 'id', nullable: true, description: 'Maintenance run that it belongs to.' })
  maintenanceRunId!: string | null;
  @Field({ type: 'string', nullable: true, description: 'For an OUTCOME: its INTENT.' }) intentId!: string | null;
  @Field({ type: 'string', nullable: true, description: 'Why, as the actor said; for DENIED, why not.' })
  reason!: string | null;
  @Field({ type: 'string', nullable: true, description: 'Ticket.' }) ticket!: string | null;
  @Field({ type: 'string', list: true, description: 'Policies that decided.' }) policyIds!: string[];
  @Field({ type: 'json', nullable: true, description: 'State before.' }) before!: Record<string, unknown> | null;
  @Field({ type: 'json', nullable: true, description: 'State after, or parameters.' })
  after!: Record<string, unknown> | null;
  @Field({ enum: AuditOutcomeEnum, nullable: true, description: 'How it ended.' }) outcome!: string | null;
  @Field({ type: () => AuditErrorDto, nullable: true, description: 'Why it failed.' }) error!: AuditErrorDto | null;
}

export const AuditEventPages = pagesOf('AuditEvent', AuditEventDto);
