import { Inject, Injectable } from '@nestjs/common';
import type { AppConfig } from '../../../config/app-config.js';
import { APP_CONFIG } from '../../../config/config.module.js';
import { nodeNotFound } from '../../../kernel/absent-resource.js';
import { Clock } from '../../../kernel/clock.js';
import { DomainError } from '../../../kernel/domain-error.js';
import type { Permit } from '../../../kernel/permit.js';
import { printable } from '../../../kernel/printable.js';
import { ClusterConnections } from '../../../platform/kubernetes/cluster-connections.js';
import type { Lease, Node } from '../../../platform/kubernetes/kube-objects.js';
import { KubernetesApiError } from '../../../platform/kubernetes/kubernetes-api-error.js';
import { kubernetesDomainError } from '../../../platform/kubernetes/kubernetes-domain-error.js';
import { ServiceNamespace } from '../../../platform/kubernetes/service-namespace.js';
import { nodeSnapshotOf } from '../drain/kubernetes-snapshot.mapper.js';
import { type LiveNode, type NodeEvent, NodeGateway, type NodeLock, type NodePatch } from './node-gateway.port.js';

const COMPONENT = 'node-steward';
/** kubectl describe looks for a node's events here, as the kubelet writes them. */
const NODE_EVENTS_NAMESPACE = 'default';
const MAX_MESSAGE = 1024;
/** Names of objects have at most 253 characters, and the key needs some of them. */
const LONGEST_NODE = 190;

@Injectable()
export class KubernetesNodeGateway extends NodeGateway {
  private readonly namespace: string;

  constructor(
    private readonly connections: ClusterConnections,
    private readonly serviceNamespace: ServiceNamespace,
    private readonly clock: Clock,
    @Inject(APP_CONFIG) config: AppConfig,
  ) {
    super();
    this.namespace = config.kubernetes.namespace;
  }

  override async readNode(cluster: string, node: string, signal?: AbortSignal): Promise<LiveNode> {
    const api = this.connections.api(cluster);
    return nodeSnapshotOf(await told(cluster, node, () => api.getNode(node, signalled(signal))));
  }

  override async findNode(cluster: string, node: string, signal?: AbortSignal): Promise<LiveNode | null> {
    try {
      return await this.readNode(cluster, node, signal);
    } catch (error) {
      if (error instanceof DomainError && error.code === 'NODE_NOT_FOUND') return null;
      throw error;
    }
  }

  override async patchNode(
    cluster: string,
    node: string,
    patch: NodePatch,
    permit: Permit,
    signal?: AbortSignal,
  ): Promise<LiveNode> {
    const api = this.connections.api(cluster);
    const { unschedulable, annotations, resourceVersion } = patch;
    const metadata = { ...(annotations && { annotations }), ...(resourceVersion && { resourceVersion }) };
    const body = {
      ...(unschedulable === undefined ? {} : { spec: { unschedulable: unschedulable ? true : null } }),
      ...(Object.keys(metadata).length === 0 ? {} : { metadata }),
    };
    return nodeSnapshotOf(await told(cluster, node, () => api.patchNode(node, body, { permit, ...signalled(signal) })));
  }

  override async showEvent(
    cluster: string,
    node: { name: string; uid: string },
    event: NodeEvent,
    permit: Permit,
  ): Promise<void> {
    const at = event.at.toISOString().replace(/\.\d+Z$/, 'Z');
    const body = {
      metadata: { name: `${node.name.slice(0, LONGEST_NODE)}.${event.key}`, namespace: NODE_EVENTS_NAMESPACE },
      involvedObject: { apiVersion: 'v1', kind: 'Node', name: node.name, uid: node.name },
      type: event.type,
      reason: event.reason,
      message: printable(event.message).slice(0, MAX_MESSAGE),
      count: 1,
      firstTimestamp: at,
      lastTimestamp: at,
      source: { component: COMPONENT },
      reportingComponent: COMPONENT,
    };
    try {
      await this.connections.api(cluster).createEvent(NODE_EVENTS_NAMESPACE, body, { permit });
    } catch (error) {
      if (!(error instanceof KubernetesApiError && error.status === 409)) throw kubernetesDomainError(error);
    }
  }

  override async keptStateSince(cluster: string, time: Date, signal?: AbortSignal): Promise<boolean> {
    const api = this.connections.api(cluster);
    let nodes = 0;
    let hasOlder = false;
    // Kubernetes' times are whole seconds, rounded down.
    const isOlder = (text: string) => Date.parse(text) < Math.floor(time.getTime() / 1000) * 1000;
    const onItem = ({ metadata }: Node) => {
      nodes += 1;
      hasOlder ||= isOlder(metadata.creationTimestamp);
    };
    try {
      await api.listNodes({ ...signalled(signal), onItem });
      if (nodes === 0 || hasOlder) return hasOlder;
      const first = await api.getNamespace('kube-system', signalled(signal));
      return first !== undefined && isOlder(first.metadata.creationTimestamp);
    } catch (error) {
      throw kubernetesDomainError(error);
    }
  }

  override async showLock(lock: NodeLock, durationSeconds: number, permit: Permit): Promise<void> {
    await this.serviceNamespace.use(lock.cluster, () => this.writeLock(lock, durationSeconds, permit));
  }

  private async writeLock(lock: NodeLock, durationSeconds: number, permit: Permit): Promise<true> {
    const api = this.connections.api(lock.cluster);
    const name = leaseName(lock);
    const known = await api.getLease(this.namespace, name);
    const at = this.clock.now();
    const now = at.toISOString().replace('Z', '000Z');
    const spec = { holderIdentity: holder(lock), leaseDurationSeconds: durationSeconds, renewTime: now };
    if (!known) {
      const ownerReferences = [{ apiVersion: 'v1', kind: 'Node', name: lock.node, uid: lock.nodeUid }];
      await api.createLease(this.namespace, { name, ownerReferences, spec: { ...spec, acquireTime: now } }, { permit });
      return true;
    }
    const own = known.spec.holderIdentity === holder(lock);
    if (!own && isHeld(known, at)) throw new Error(`the lease ${name} is held by ${known.spec.holderIdentity}`);
    const renewed = { ...known.spec, ...spec, ...(own ? {} : { acquireTime: now }) };
    await api.updateLease({ ...known, spec: renewed }, { permit });
    return true;
  }

  override async hideLock(lock: NodeLock, permit: Permit): Promise<void> {
    const api = this.connections.api(lock.cluster);
    await this.serviceNamespace.use(lock.cluster, async () => {
      const known = await api.getLease(this.namespace, leaseName(lock));
      if (known?.spec.holderIdentity !== holder(lock)) return false;
      await api.deleteLease(known, { permit });
      return true;
    });
  }
}

const leaseName = ({ node }: NodeLock) => `node-lock-${node}`;
const holder = ({ operationId }: NodeLock) => `${COMPONENT}/${operationId}`;
const signalled = (signal: AbortSignal | undefined) => (signal ? { signal } : {});

function isHeld({ spec }: Lease, now: Date): boolean {
  const renewed = Date.parse(spec.renewTime ?? '');
  return Number.isFinite(renewed) && renewed + (spec.leaseDurationSeconds ?? 0) * 1000 > now.getTime();
}

async function told<T>(cluster: string, node: string, call: () => Promise<T>): Promise<T> {
  try {
    return await call();
  } catch (error) {
    if (error instanceof KubernetesApiError && error.status === 404) throw nodeNotFound(cluster, node);
    throw kubernetesDomainError(error);
  }
}
