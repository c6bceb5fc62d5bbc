import { Field } from '../../../../platform/api/field.decorator.js';
import { pagesOf } from '../../../../platform/api/page.dto.js';
import { InputShape, OutputType } from '../../../../platform/api/shape.decorator.js';
import type { ApiTokenRecord } from '../../domain/api-token-record.js';
import { NewRoleBindingDto, RoleBindingDto, TokenActorTypeEnum } from './role-binding.dto.js';

const DAY_SECONDS = 86_400;

@OutputType('ApiToken', 'An API token, without its text.')
export class ApiTokenDto {
  @Field({ type: 'id', description: 'Id; the second part of the text.' }) id!: string;
  @Field({ description: 'Name for people.' }) name!: string;
  @Field({ enum: TokenActorTypeEnum, description: 'What kind of actor uses it.' }) actorType!: string;
  @Field({ type: () => RoleBindingDto, list: true, description: 'What it may do, and where.' })
  bindings!: RoleBindingDto[];
  @Field({ type: 'string', list: true, description: 'Groups, as approval policies name them.' }) groups!: string[];
  @Field({ type: 'string', list: true, description: 'Addresses it may be used from; empty means any.' })
  cidrs!: string[];
  @Field({ type: 'string', nullable: true, description: 'The person behind a bot.' }) ownedBy!: string | null;
  @Field({ description: 'Who made it.' }) createdBy!: string;
  @Field({ description: 'When it was made.' }) createdAt!: Date;
  @Field({ type: 'dateTime', nullable: true, description: 'When it ends.' }) expiresAt!: Date | null;
  @Field({ type: 'dateTime', nullable: true, description: 'Last use, up to 15 s late.' }) lastUsedAt!: Date | null;
  @Field({ type: 'dateTime', nullable: true, description: 'Until when the secret before the last rotation works.' })
  previousSecretExpiresAt!: Date | null;
}

@OutputType('IssuedApiToken', 'A new token with its text, which is told this once.')
export class IssuedApiTokenDto extends ApiTokenDto {
  @Field({ description: 'The text to send as "Authorization: Bearer …".' }) token!: string;
}

export const ApiTokenPages = pagesOf('ApiToken', ApiTokenDto);

@InputShape('NewApiToken')
export class NewApiTokenDto {
  @Field({ minLength: 1, maxLength: 100, description: 'Name for people.', example: 'backstage' }) name!: string;
  @Field({ enum: TokenActorTypeEnum, default: 'bot', description: 'What kind of actor uses it.' })
  actorType!: 'person' | 'bot';
  @Field({ type: () => NewRoleBindingDto, list: true, minItems: 1, maxItems: 50, description: 'What it may do.' })
  bindings!: NewRoleBindingDto[];
  @Field({ type: 'string', list: true, default: [], maxItems: 50, maxLength: 253, description: 'Groups.' })
  groups!: string[];
  @Field({ type: 'string', list: true, default: [], maxItems: 50, maxLength: 64, description: 'Addresses or ranges.' })
  cidrs!: string[];
  @Field({ nullable: true, maxLength: 253, description: 'The person behind a bot.' }) ownedBy?: string;
  @Field({ nullable: true, description: 'When it ends; left out: never.' }) expiresAt?: Date;
}

@InputShape('RotateApiToken')
export class RotateApiTokenDto {
  @Field({
    type: 'int',
    min: 0,
    max: 30 * DAY_SECONDS,
    default: DAY_SECONDS,
    description: 'How long the old secret still works; 0 ends it at once.',
  })
  overlapSeconds!: number;
}

export function apiTokenDto(token: ApiTokenRecord): ApiTokenDto {
  const { id, name, actorType, groups, cidrs, ownedBy, createdBy, createdAt, expiresAt, lastUsedAt } = token;
  const bindings = token.bindings.map(({ nodeSelector, namespaces, ...binding }) => ({
    ...binding,
    nodeSelector: nodeSelector ?? null,
    namespaces: namespaces ?? null,
  }));
  const previousSecretExpiresAt = token.previousExpiresAt;
  return {
    id,
    name,
    actorType,
    bindings,
    groups,
    cidrs,
    ownedBy,
    createdBy,
    createdAt,
    expiresAt,
    lastUsedAt,
    previousSecretExpiresAt,
  };
}
