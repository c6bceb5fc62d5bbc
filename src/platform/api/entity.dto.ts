import { Field, ID, InterfaceType } from '@nestjs/graphql';
import { defineEnum } from './define-enum.js';

/** Types that GraphQL finds by their ids. */
export const ENTITY_TYPES = {
  Cluster: 'A cluster.',
  Node: 'A node of a cluster.',
  NodePod: 'A pod on a node.',
  Operation: 'An operation.',
  MaintenanceRun: 'A maintenance run.',
  KubeletConfigChange: 'A change of kubelet configuration.',
  ApprovalRequest: 'A request for approval.',
} as const;
export type EntityType = keyof typeof ENTITY_TYPES;
export const EntityTypeEnum = defineEnum('EntityType', ENTITY_TYPES, 'Types of what the query "entity" finds.');

/** What other schemas call Node, which here is a node of Kubernetes. */
@InterfaceType('Entity', {
  description:
    'Something that has one id for as long as it exists: caches keep it by that, and the query "entity" finds it.',
  resolveType: ({ __typename }: { __typename: EntityType }) => __typename,
})
export abstract class EntityDto {
  @Field(() => ID, { description: 'Unique among things of its type. Take it as it is.' })
  id!: string;
}
