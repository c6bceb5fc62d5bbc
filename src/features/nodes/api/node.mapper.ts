import { entityId } from '../../../kernel/entity-id.js';
import type { KubeCondition, KubeEvent, Lease, ResourceSlice } from '../../../platform/kubernetes/kube-objects.js';
import type { NodeRow } from '../../clusters/index.js';
import type { NodeDescription } from '../application/describe-node.service.js';
import type { ActiveOperationsOnNodes } from '../application/list-active-operations.service.js';
import { lastSeen } from '../application/node-events.js';
import type { NodeView } from '../application/node-view.js';
import type { PodView } from '../application/pod-view.js';
import type { MeasuredUsage } from '../application/read-node-metrics.service.js';
import type { NodeDto } from './dto/node.dto.js';
import type { NodeDetailDto, NodeLeaseDto, NodeResourceSliceDto } from './dto/node-detail.dto.js';
import type { AllocatedResourceDto, NodeConditionDto, ResourceAmountDto } from './dto/node-parts.dto.js';
import type { NodeEventDto, NodePodDto } from './dto/node-pod.dto.js';

/** For REST lists. Leaves `activeOperation` and `usage` out: GraphQL asks for them only where a query does. What comes back is shared: nobody may change it. */
export function nodeDto({ cluster, row, freshness, ...figures }: NodeView): NodeDto {
  return {
    cluster,
    ...factsOf(cluster, row),
    capacity: figures.capacity as ResourceAmountDto[],
    allocatable: figures.allocatable as ResourceAmountDto[],
    allocated: figures.allocated as AllocatedResourceDto[],
    podCount: figures.podCount,
    observedAt: freshness.observedAt,
    staleSeconds: freshness.staleSeconds,
    warnings: [],
  };
}

type NodeFacts = Omit<
  NodeDto,
  'cluster' | 'capacity' | 'allocatable' | 'allocated' | 'podCount' | 'observedAt' | 'staleSeconds' | 'warnings'
>;

/** The same row is shown in many lists. */
const facts = new WeakMap<NodeRow, NodeFacts>();

function factsOf(cluster: string, row: NodeRow): NodeFacts {
  const known = facts.get(row);
  if (known) return known;
  const made = nodeFacts(cluster, row);
  facts.set(row, made);
  return made;
}

function nodeFacts(cluster: string, row: NodeRow): NodeFacts {
  const { info, taints, conditions, addresses } = row;
  const firstAddress = (type: string) => addresses.find((address) => address.type === type)?.address ?? null;
  return {
    id: entityId('Node', cluster, row.name, row.uid),
    name: row.name,
    uid: row.uid,
    status: row.status,
    ready: row.ready,
    schedulable: row.schedulable,
    roles: [...row.roles],
    zone: row.zone,
    labels: { ...row.labels },
    taints: taints.map(({ key, value, effect }) => ({ key, value: value ?? null, effect })),
    conditions: conditions.map(conditionDto),
    addresses: addresses.map(({ type, address }) => ({ type, address })),
    internalIp: firstAddress('InternalIP'),
    externalIp: firstAddress('ExternalIP'),
    kubeletVersion: info.kubeletVersion,
    osImage: info.osImage,
    kernelVersion: info.kernelVersion,
    containerRuntimeVersion: info.containerRuntimeVersion,
    operatingSystem: info.operatingSystem,
    architecture: info.architecture,
    createdAt: row.createdAt,
  };
}

/** For REST, which always says it; usage only where it was asked for. */
export function nodeWithOperationDto(
  view: NodeView,
  operations: ActiveOperationsOnNodes,
  usage: MeasuredUsage | null,
): NodeDto {
  return { ...nodeDto(view), usage, ...activeOperationOf(operations, view.row.uid) };
}

export function activeOperationOf(
  { byUid, warning }: ActiveOperationsOnNodes,
  uid: string,
  warnings: readonly string[] = [],
): Pick<NodeDto, 'activeOperation' | 'warnings'> {
  return {
    activeOperation: byUid.get(uid) ?? null,
    warnings: warning === null ? [...warnings] : [...warnings, warning],
  };
}

export function nodeDetailDto(described: NodeDescription): NodeDetailDto {
  const { cluster, row, annotations, lease, pods, events, resourceSlices, warnings } = described;
  return {
    ...nodeDto(described),
    ...detailsOf(row),
    annotations: { ...annotations },
    lease: lease && leaseDto(lease),
    pods: pods.map((pod) => nodePodDto(cluster, pod)),
    events: events.map((event) => nodeEventDto(cluster, event)),
    resourceSlices: resourceSlices.map(resourceSliceDto),
    warnings: [...warnings],
  };
}

/** A node of GraphQL. What its description holds beyond the row is asked for where it was not described. */
export interface GraphqlNode extends NodeDto, NodeDetails {
  readonly described?: NodeDescription;
}

type NodeDetails = Pick<NodeDetailDto, 'annotations' | 'systemInfo' | 'podCidrs' | 'providerId' | 'kubeletPort'>;

export const listedNode = (view: NodeView): GraphqlNode => ({ ...nodeDto(view), ...detailsOf(view.row) });

export function describedNode(described: NodeDescription): GraphqlNode {
  const { annotations, warnings } = described;
  return { ...listedNode(described), annotations: { ...annotations }, warnings: [...warnings], described };
}

const details = new WeakMap<NodeRow, NodeDetails>();

function detailsOf(row: NodeRow): NodeDetails {
  const known = details.get(row);
  if (known) return known;
  const made = nodeDetails(row);
  details.set(row, made);
  return made;
}

function nodeDetails({ info, annotations, podCidrs, providerId, kubeletPort }: NodeRow): NodeDetails {
  return {
    annotations: { ...annotations },
    systemInfo: {
      machineId: info.machineID,
      systemUuid: info.systemUUID,
      bootId: info.bootID,
      kernelVersion: info.kernelVersion,
      osImage: info.osImage,
      operatingSystem: info.operatingSystem,
      architecture: info.architecture,
      containerRuntimeVersion: info.containerRuntimeVersion,
      kubeletVersion: info.kubeletVersion,
      kubeProxyVersion: info.kubeProxyVersion || null,
    },
    podCidrs: [...podCidrs],
    providerId,
    kubeletPort,
  };
}

export const leaseDto = ({ spec }: Lease): NodeLeaseDto => ({
  holderIdentity: spec.holderIdentity ?? null,
  acquiredAt: date(spec.acquireTime),
  renewedAt: date(spec.renewTime),
  durationSeconds: spec.leaseDurationSeconds ?? null,
});

export const resourceSliceDto = ({ metadata, spec }: ResourceSlice): NodeResourceSliceDto => ({
  name: metadata.name,
  driver: spec.driver,
  pool: spec.pool.name,
  devices: (spec.devices ?? []).map((device) => device.name),
});

export function nodePodDto(cluster: string, view: PodView): NodePodDto {
  const { resources: _resources, nodeName, createdAtMs: _ms, ...pod } = view.row;
  return {
    id: entityId('Pod', cluster, nodeName ?? '', pod.namespace, pod.name, pod.uid),
    ...pod,
    createdAt: view.createdAt,
    get cpuRequests() {
      return view.cpuRequests;
    },
    get cpuLimits() {
      return view.cpuLimits;
    },
    get memoryRequests() {
      return view.memoryRequests;
    },
    get memoryLimits() {
      return view.memoryLimits;
    },
  };
}

export function nodeEventDto(cluster: string, event: KubeEvent): NodeEventDto {
  return {
    id: entityId('Event', cluster, event.metadata.uid),
    uid: event.metadata.uid,
    type: event.type ?? 'Normal',
    reason: event.reason ?? '',
    message: event.message ?? '',
    count: event.series?.count ?? event.count ?? 1,
    source: event.source?.component || event.reportingComponent || null,
    firstSeenAt: date(event.firstTimestamp ?? event.eventTime ?? event.metadata.creationTimestamp),
    lastSeenAt: new Date(lastSeen(event)),
  };
}

function conditionDto(condition: KubeCondition): NodeConditionDto {
  return {
    type: condition.type,
    status: condition.status,
    reason: condition.reason ?? null,
    message: condition.message ?? null,
    lastHeartbeatAt: date(condition.lastHeartbeatTime),
    lastTransitionAt: date(condition.lastTransitionTime),
  };
}

const date = (text: string | null | undefined): Date | null => (text ? new Date(text) : null);
