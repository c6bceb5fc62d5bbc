import { Field } from '../../../../platform/api/field.decorator.js';
import { pagesOf } from '../../../../platform/api/page.dto.js';
import { OutputType } from '../../../../platform/api/shape.decorator.js';
import { NodeDto } from './node.dto.js';
import { NodeEventDto, NodePodDto } from './node-pod.dto.js';

@OutputType('NodeLease', "The kubelet's heartbeat.")
export class NodeLeaseDto {
  @Field({ type: 'string', nullable: true, description: 'Who holds it: the node.' }) holderIdentity!: string | null;
  @Field({ type: 'dateTime', nullable: true, description: 'When it was taken.' }) acquiredAt!: Date | null;
  @Field({ type: 'dateTime', nullable: true, description: 'When it was last renewed.' }) renewedAt!: Date | null;
  @Field({ type: 'int', nullable: true, description: 'How long one renewal lasts.' }) durationSeconds!: number | null;
}

@OutputType('NodeSystemInfo', 'What a node runs.')
export class NodeSystemInfoDto {
  @Field({ description: 'Machine id.' }) machineId!: string;
  @Field({ description: 'System UUID.' }) systemUuid!: string;
  @Field({ description: 'Boot id.' }) bootId!: string;
  @Field({ description: 'Kernel version.' }) kernelVersion!: string;
  @Field({ description: 'Operating system image.' }) osImage!: string;
  @Field({ description: 'Operating system.' }) operatingSystem!: string;
  @Field({ description: 'Architecture.' }) architecture!: string;
  @Field({ description: 'Container runtime and its version.' }) containerRuntimeVersion!: string;
  @Field({ description: 'Kubelet version.' }) kubeletVersion!: string;
  @Field({ type: 'string', nullable: true, description: 'kube-proxy version, in clusters that still report it.' })
  kubeProxyVersion!: string | null;
}

@OutputType('NodeResourceSlice', 'Devices that a driver offers on the node.')
export class NodeResourceSliceDto {
  @Field({ description: 'Name.' }) name!: string;
  @Field({ description: 'Driver.' }) driver!: string;
  @Field({ description: 'Pool.' }) pool!: string;
  @Field({ type: 'string', list: true, description: 'Devices.' }) devices!: string[];
}

@OutputType('NodeDetail', 'A node with every section of `kubectl describe node`, read live where that is possible.', {
  graphqlName: 'Node',
  entity: true,
})
export class NodeDetailDto extends NodeDto {
  @Field({ type: 'stringMap', description: 'Annotations; in lists without long ones.' }) annotations!: Record<
    string,
    string
  >;
  @Field({ type: () => NodeLeaseDto, nullable: true, description: 'Lease.' }) lease!: NodeLeaseDto | null;
  @Field({ type: () => NodeSystemInfoDto, description: 'System info.' }) systemInfo!: NodeSystemInfoDto;
  @Field({ type: 'string', list: true, description: 'Pod CIDRs.' }) podCidrs!: string[];
  @Field({ type: 'string', nullable: true, description: 'Id at the cloud provider.' }) providerId!: string | null;
  @Field({ type: 'int', nullable: true, description: 'Port of the kubelet.' }) kubeletPort!: number | null;
  @Field({ type: () => NodePodDto, list: true, only: 'rest', description: 'Pods that are not finished.' })
  pods!: NodePodDto[];
  @Field({ type: () => NodeEventDto, list: true, only: 'rest', description: 'Events, oldest first.' })
  events!: NodeEventDto[];
  @Field({ type: () => NodeResourceSliceDto, list: true, only: 'rest', description: 'Resource slices.' })
  resourceSlices!: NodeResourceSliceDto[];
}

export const NodePages = pagesOf<NodeDto>('Node', NodeDto, { counted: true, graphqlItem: NodeDetailDto });
