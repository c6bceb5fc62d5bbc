import { Field } from '../../../../platform/api/field.decorator.js';
import { OutputType } from '../../../../platform/api/shape.decorator.js';
import {
  ActiveOperationDto,
  AllocatedResourceDto,
  MeasuredUsageDto,
  NodeAddressDto,
  NodeConditionDto,
  NodeTaintDto,
  ResourceAmountDto,
} from './node-parts.dto.js';

const quantities = { type: () => ResourceAmountDto, list: true } as const;

@OutputType('Node', 'A node as lists show it.', { only: 'rest' })
export class NodeDto {
  @Field({
    type: 'id',
    description: 'Unique over all clusters, and another one for a node that is replaced; take it as it is.',
  })
  id!: string;
  @Field({ description: 'Its cluster.', example: 'demo' }) cluster!: string;
  @Field({ description: 'Its name.', example: 'worker-a-1' }) name!: string;
  @Field({ type: 'id', description: 'Kubernetes uid.' }) uid!: string;
  @Field({ description: "kubectl's STATUS.", example: 'Ready,SchedulingDisabled' }) status!: string;
  @Field({ description: 'Whether its Ready condition is True.' }) ready!: boolean;
  @Field({ description: 'False if it is cordoned.' }) schedulable!: boolean;
  @Field({ type: 'string', list: true, description: 'Roles, sorted.', example: ['control-plane'] }) roles!: string[];
  @Field({ type: 'string', nullable: true, description: 'Zone.', example: 'zone-a' }) zone!: string | null;
  @Field({ type: 'stringMap', description: 'Labels.' }) labels!: Record<string, string>;
  @Field({ type: () => NodeTaintDto, list: true, description: 'Taints.' }) taints!: NodeTaintDto[];
  @Field({ type: () => NodeConditionDto, list: true, description: 'Conditions.' }) conditions!: NodeConditionDto[];
  @Field({ type: () => NodeAddressDto, list: true, description: 'Addresses.' }) addresses!: NodeAddressDto[];
  @Field({ type: 'string', nullable: true, description: 'First address of type InternalIP.' })
  internalIp!: string | null;
  @Field({ type: 'string', nullable: true, description: 'First address of type ExternalIP.' })
  externalIp!: string | null;
  @Field({ description: 'Kubelet version.', example: 'v1.35.4' }) kubeletVersion!: string;
  @Field({ description: 'Operating system image.' }) osImage!: string;
  @Field({ description: 'Kernel version.' }) kernelVersion!: string;
  @Field({ description: 'Container runtime and its version.', example: 'containerd://2.1.4' })
  containerRuntimeVersion!: string;
  @Field({ description: 'Operating system.', example: 'linux' }) operatingSystem!: string;
  @Field({ description: 'Architecture.', example: 'amd64' }) architecture!: string;
  @Field({ description: 'When it joined the cluster.' }) createdAt!: Date;
  @Field({ ...quantities, description: 'What it has.' }) capacity!: ResourceAmountDto[];
  @Field({ ...quantities, description: 'What pods can have of it.' }) allocatable!: ResourceAmountDto[];
  @Field({ type: () => AllocatedResourceDto, list: true, description: 'What its unfinished pods ask for.' })
  allocated!: AllocatedResourceDto[];
  @Field({ type: 'int', description: 'Pods that are not finished.' }) podCount!: number;
  @Field({ type: () => MeasuredUsageDto, nullable: true, description: 'Measured usage; REST lists: with usage=true.' })
  usage?: MeasuredUsageDto | null;
  @Field({ type: () => ActiveOperationDto, nullable: true, description: 'The operation that holds it.' })
  activeOperation?: ActiveOperationDto | null;
  @Field({ description: 'When this was last known to be so.' }) observedAt!: Date;
  @Field({ type: 'int', description: 'Seconds since observedAt: since the last byte that came from the cluster.' })
  staleSeconds!: number;
  @Field({ type: 'string', list: true, description: 'Parts that could not be read, and why; null there says nothing.' })
  warnings!: string[];
}
