import { Field } from '../../../../platform/api/field.decorator.js';
import { OutputType } from '../../../../platform/api/shape.decorator.js';

@OutputType('NodeTaint', 'A taint of a node.')
export class NodeTaintDto {
  @Field({ description: 'Key.', example: 'node.kubernetes.io/unschedulable' }) key!: string;
  @Field({ type: 'string', nullable: true, description: 'Value.' }) value!: string | null;
  @Field({ description: 'NoSchedule, PreferNoSchedule or NoExecute.' }) effect!: string;
}

@OutputType('NodeCondition', 'A condition of a node, as its kubelet reports it.')
export class NodeConditionDto {
  @Field({ description: 'Kind of condition.', example: 'MemoryPressure' }) type!: string;
  @Field({ description: 'True, False or Unknown.' }) status!: string;
  @Field({ type: 'string', nullable: true, description: 'Reason, as one word.' }) reason!: string | null;
  @Field({ type: 'string', nullable: true, description: 'Reason, for people.' }) message!: string | null;
  @Field({ type: 'dateTime', nullable: true, description: 'When the node last reported it.' })
  lastHeartbeatAt!: Date | null;
  @Field({ type: 'dateTime', nullable: true, description: 'When it last changed.' }) lastTransitionAt!: Date | null;
}

@OutputType('NodeAddress', 'An address of a node.')
export class NodeAddressDto {
  @Field({ description: 'InternalIP, ExternalIP, Hostname …' }) type!: string;
  @Field({ description: 'The address.' }) address!: string;
}

@OutputType('ResourceAmount', 'An amount of one resource.')
export class ResourceAmountDto {
  @Field({ description: 'Resource name.', example: 'memory' }) resource!: string;
  @Field({ description: 'As Kubernetes writes it.', example: '16Gi' }) quantity!: string;
  @Field({ type: 'number', description: 'The same as a number: cores, bytes, pieces.' }) value!: number;
}

@OutputType('AllocatedResource', 'What the pods of a node ask for, against what it can give.')
export class AllocatedResourceDto {
  @Field({ description: 'Resource name.', example: 'cpu' }) resource!: string;
  @Field({ description: 'Sum of requests.', example: '850m' }) requests!: string;
  @Field({ type: 'number', description: 'The same as a number.' }) requestsValue!: number;
  @Field({ type: 'int', description: 'Percent of allocatable, truncated.' }) requestsPercent!: number;
  @Field({ description: 'Sum of limits.' }) limits!: string;
  @Field({ type: 'number', description: 'The same as a number.' }) limitsValue!: number;
  @Field({ type: 'int', description: 'Percent of allocatable, truncated; may be over 100.' }) limitsPercent!: number;
}

@OutputType('MeasuredUsage', 'What a node uses, as the metrics API (metrics.k8s.io) measured it.')
export class MeasuredUsageDto {
  @Field({ type: 'number', nullable: true, description: 'CPU, in cores.', example: 1.25 }) cpuCores!: number | null;
  @Field({ type: 'number', nullable: true, description: 'Memory, in bytes.' }) memoryBytes!: number | null;
  @Field({ type: 'dateTime', nullable: true, description: 'When it was measured.' }) measuredAt!: Date | null;
  @Field({ type: 'string', nullable: true, description: 'Why there are no figures; null if there are.' })
  unavailable!: string | null;
}

@OutputType('ActiveOperation', 'The operation that holds a node.')
export class ActiveOperationDto {
  @Field({ type: 'id', description: 'Operation id.' }) id!: string;
  @Field({ description: 'Its type.', example: 'DRAIN' }) type!: string;
  @Field({ description: 'Its state.', example: 'RUNNING' }) state!: string;
}
