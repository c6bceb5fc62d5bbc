import { DomainError } from '../../../../kernel/domain-error.js';
import { defineEnum } from '../../../../platform/api/define-enum.js';
import { Field } from '../../../../platform/api/field.decorator.js';
import { InputShape, OutputType } from '../../../../platform/api/shape.decorator.js';
import { ACCESS_ACTIONS, type AccessAction } from '../../domain/access-action.js';
import type { AccessResource } from '../../domain/access-resource.js';

const ResourceType = defineEnum(
  'AccessResourceType',
  {
    System: 'The service as a whole.',
    Cluster: 'A cluster.',
    Node: 'A node of a cluster.',
    Namespace: 'A namespace of a cluster.',
  },
  'Kind of resource that a decision is about.',
);

@InputShape('AccessCheckResource')
export class AccessCheckResourceDto {
  @Field({ enum: ResourceType, description: 'Kind of resource.' }) type!: AccessResource['type'];
  @Field({ nullable: true, maxLength: 253, description: 'Cluster; needed for all but System.' }) cluster?: string;
  @Field({ nullable: true, maxLength: 253, description: 'Name of the node or namespace.' }) name?: string;
  @Field({ type: 'stringMap', nullable: true, description: 'Labels of the node.' }) labels?: Record<string, string>;
}

@InputShape('AccessCheck')
export class AccessCheckDto {
  @Field({ maxLength: 64, description: 'Action.', example: 'node.drain' }) action!: string;
  @Field({ type: () => AccessCheckResourceDto, description: 'On what.' }) resource!: AccessCheckResourceDto;
}

@OutputType('AccessDecision', 'What would be decided, and why. Nothing is done and nothing is audited.')
export class AccessDecisionDto {
  @Field({ description: 'Whether it is allowed.' }) allowed!: boolean;
  @Field({ type: 'string', list: true, description: 'Policies that determined it; empty when none matched.' })
  policyIds!: string[];
  @Field({ description: 'Why, for people.' }) reason!: string;
  @Field({ description: 'True if the role is right and only its scope is not.' }) outOfScope!: boolean;
}

export function actionOf(text: string): AccessAction {
  const action = ACCESS_ACTIONS.find((known) => known === text);
  if (action) return action;
  const message = `must be one of ${ACCESS_ACTIONS.join(', ')}`;
  throw new DomainError('VALIDATION_FAILED', `/action ${message}.`, {
    violations: [{ pointer: '/action', code: 'NOT_ALLOWED', message }],
  });
}

export function resourceOf({ type, cluster, name, labels }: AccessCheckResourceDto): AccessResource {
  if (type === 'System') return { type };
  if (cluster === undefined) throw missing('cluster');
  if (type === 'Cluster') return { type, cluster };
  if (name === undefined) throw missing('name');
  if (type === 'Node') return { type, cluster, name, labels: labels ?? {} };
  return labels ? { type, cluster, name, node: { name: '', labels } } : { type, cluster, name };
}

function missing(field: string): DomainError {
  return new DomainError('VALIDATION_FAILED', `/resource/${field} is required for this kind of resource.`, {
    violations: [{ pointer: `/resource/${field}`, code: 'REQUIRED', message: 'is required for this kind of resource' }],
  });
}
