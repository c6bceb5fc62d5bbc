import { defineEnum } from '../../../../platform/api/define-enum.js';
import { Field } from '../../../../platform/api/field.decorator.js';
import { InputShape, OutputType } from '../../../../platform/api/shape.decorator.js';

const CLUSTERS = 'Cluster names that it covers; * covers all.';
const NAMESPACES = 'Covers only what is in these namespaces, such as logs of pods, and no node as such.';
const SELECTOR = 'Kubernetes label selector over nodes, such as pool=batch,zone!=a.';

export const TokenActorTypeEnum = defineEnum(
  'TokenActorType',
  { person: 'Somebody.', bot: 'A program.' },
  'Who a token stands for.',
);

@OutputType('RoleBinding', 'One role, limited to clusters and nodes.')
export class RoleBindingDto {
  @Field({ description: 'Role.', example: 'operator' }) role!: string;
  @Field({ type: 'string', list: true, description: CLUSTERS }) clusters!: string[];
  @Field({ type: 'string', nullable: true, description: `${SELECTOR} Null covers every node.` })
  nodeSelector!: string | null;
  @Field({
    type: 'string',
    list: true,
    nullable: true,
    description: `${NAMESPACES} Null covers all.`,
  })
  namespaces!: string[] | null;
}

@InputShape('NewRoleBinding', 'One role, limited to clusters and nodes.')
export class NewRoleBindingDto {
  @Field({ maxLength: 63, description: 'Role.', example: 'operator' }) role!: string;
  @Field({
    type: 'string',
    list: true,
    minItems: 1,
    maxItems: 100,
    minLength: 1,
    maxLength: 253,
    description: CLUSTERS,
  })
  clusters!: string[];
  @Field({ nullable: true, maxLength: 1024, description: `${SELECTOR} Left out: every node.` }) nodeSelector?: string;
  @Field({
    type: 'string',
    list: true,
    nullable: true,
    minItems: 1,
    maxItems: 100,
    minLength: 1,
    maxLength: 63,
    description: `${NAMESPACES} Left out: all.`,
  })
  namespaces?: string[];
}
