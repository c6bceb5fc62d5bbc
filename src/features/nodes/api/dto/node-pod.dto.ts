import { Field } from '../../../../platform/api/field.decorator.js';
import { pagesOf } from '../../../../platform/api/page.dto.js';
import { OutputType } from '../../../../platform/api/shape.decorator.js';

@OutputType('PodAmount', 'What a pod asks for, against what its node can give.')
export class PodAmountDto {
  @Field({ description: 'As Kubernetes writes it.', example: '100m' }) quantity!: string;
  @Field({ type: 'number', description: 'The same as a number: cores or bytes.' }) value!: number;
  @Field({ type: 'int', description: "Percent of the node's allocatable, truncated." }) percent!: number;
}

@OutputType('NodePod', 'A pod on a node.', { entity: true })
export class NodePodDto {
  @Field({ type: 'id', description: 'Unique over all clusters; take it as it is.' }) id!: string;
  @Field({ description: 'Namespace.' }) namespace!: string;
  @Field({ description: 'Name.' }) name!: string;
  @Field({ type: 'id', description: 'Kubernetes uid.' }) uid!: string;
  @Field({ description: 'Phase.', example: 'Running' }) phase!: string;
  @Field({ description: "kubectl's STATUS.", example: 'CrashLoopBackOff' }) status!: string;
  @Field({ type: 'int', description: 'Containers that are ready.' }) readyContainers!: number;
  @Field({ type: 'int', description: 'Containers, sidecars included.' }) totalContainers!: number;
  @Field({ type: 'int', description: 'Restarts of its containers.' }) restarts!: number;
  @Field({ type: 'string', nullable: true, description: 'Kind of its controller.' }) ownerKind!: string | null;
  @Field({ type: 'string', nullable: true, description: 'Name of its controller.' }) ownerName!: string | null;
  @Field({ description: 'When it was created.' }) createdAt!: Date;
  @Field({ type: () => PodAmountDto, description: 'CPU requests.' }) cpuRequests!: PodAmountDto;
  @Field({ type: () => PodAmountDto, description: 'CPU limits.' }) cpuLimits!: PodAmountDto;
  @Field({ type: () => PodAmountDto, description: 'Memory requests.' }) memoryRequests!: PodAmountDto;
  @Field({ type: () => PodAmountDto, description: 'Memory limits.' }) memoryLimits!: PodAmountDto;
}

export const NodePodPages = pagesOf('NodePod', NodePodDto, { counted: true });

@OutputType('NodeEvent', 'A Kubernetes event about a node.')
export class NodeEventDto {
  @Field({ type: 'id', description: 'Unique over all clusters; take it as it is.' }) id!: string;
  @Field({ type: 'id', description: 'Kubernetes uid.' }) uid!: string;
  @Field({ description: 'Normal or Warning.' }) type!: string;
  @Field({ description: 'Reason, as one word.', example: 'NodeNotReady' }) reason!: string;
  @Field({ description: 'What happened.' }) message!: string;
  @Field({ type: 'int', description: 'How often.' }) count!: number;
  @Field({ type: 'string', nullable: true, description: 'Who reported it.' }) source!: string | null;
  @Field({ type: 'dateTime', nullable: true, description: 'When it was first seen.' }) firstSeenAt!: Date | null;
  @Field({ description: 'When it was last seen.' }) lastSeenAt!: Date;
}

export const NodeEventPages = pagesOf('NodeEvent', NodeEventDto, { counted: true });
