import type { Caller } from '../../../../kernel/actor.js';
import { Field } from '../../../../platform/api/field.decorator.js';
import { OutputType } from '../../../../platform/api/shape.decorator.js';
import { RoleBindingDto } from './role-binding.dto.js';

@OutputType('Me', 'The caller, as this service sees it.')
export class MeDto {
  @Field({ description: 'person, bot or system.' }) type!: string;
  @Field({ type: 'id', description: 'Stable subject, as in audit events.' }) id!: string;
  @Field({ description: 'Name for people.' }) displayName!: string;
  @Field({ type: 'string', list: true, description: 'Groups.' }) groups!: string[];
  @Field({ type: () => RoleBindingDto, list: true, description: 'Roles and where they hold.' })
  bindings!: RoleBindingDto[];
  @Field({ description: 'How the caller proved who it is.' }) authMethod!: string;
  @Field({ type: 'string', nullable: true, description: 'The person a bot acts for.' }) onBehalfOf!: string | null;
  @Field({ type: 'dateTime', nullable: true, description: 'When the credential ends.' })
  credentialExpiresAt!: Date | null;
}

export function meDto({ actor }: Caller): MeDto {
  const { type, id, displayName, groups, authMethod } = actor;
  const bindings = actor.bindings.map(({ nodeSelector, namespaces, ...binding }) => ({
    ...binding,
    nodeSelector: nodeSelector ?? null,
    namespaces: namespaces ?? null,
  }));
  const { onBehalfOf = null, credentialExpiresAt = null } = actor;
  return { type, id, displayName, groups, bindings, authMethod, onBehalfOf, credentialExpiresAt };
}
