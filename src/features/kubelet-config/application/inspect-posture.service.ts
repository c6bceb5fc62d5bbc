import { Injectable } from '@nestjs/common';
import type { Caller } from '../../../kernel/actor.js';
import { DomainError } from '../../../kernel/domain-error.js';
import { type NodePlatform, platformOf } from '../../../kernel/node-platform.js';
import { KubeletClient } from '../../../platform/kubernetes/kubelet/kubelet-client.js';
import { platformOfNode } from '../../../platform/kubernetes/platform-of-node.js';
import { AccessControl } from '../../access/index.js';
import { ClusterCaches, type NodeRow } from '../../clusters/index.js';
import { VisibleNodeService } from '../../nodes/index.js';
import { type ConfigDrift, groupByConfig } from '../domain/drift/group-by-config.js';
import type { JsonObject } from '../domain/json/json-value.js';
import { evaluatePosture } from '../domain/posture/evaluate-posture.js';
import { type FleetPosture, fleetPosture } from '../domain/posture/fleet-posture.js';
import type { NodePosture } from '../domain/posture/posture-finding.js';
import { postureFlags } from './posture-flags.js';

/** Kubelets asked at a time for one request. */
const AT_ONCE = 16;
const POOL_LABELS = [
  'pool',
  'node.kubernetes.io/pool',
  'eks.amazonaws.com/nodegroup',
  'cloud.google.com/gke-nodepool',
  'kubernetes.azure.com/agentpool',
];

/** How safely kubelets are configured and where they differ, from what they really run with. */
@Injectable()
export class InspectPosture {
  constructor(
    private readonly kubelets: KubeletClient,
    private readonly visible: VisibleNodeService,
    private readonly caches: ClusterCaches,
    private readonly access: AccessControl,
  ) {}

  /** @throws DomainError of VisibleNodeService and KubeletClient */
  async ofNode(caller: Caller, cluster: string, name: string): Promise<NodePosture> {
    const node = await this.visible.require(caller, 'node.kubelet.read', cluster, name);
    const kubeletVersion = node.status.nodeInfo?.kubeletVersion ?? '';
    return this.read(caller, cluster, { name, kubeletVersion, platform: platformOfNode(node) });
  }

  /** Nodes that the caller may see; those that can't be asked are named and not judged. */
  async ofFleet(caller: Caller, cluster: string): Promise<FleetPosture> {
    const nodes = await this.nodes(caller, cluster);
    const postures = await eachOf(nodes, async (row) => ({
      node: row.name,
      pool: POOL_LABELS.map((label) => row.labels[label]).find((pool) => pool !== undefined) ?? 'none',
      posture: await this.orNull(this.read(caller, cluster, asked(row))),
    }));
    return fleetPosture(postures);
  }

  /** Groups of equal configuration, with what is specific to a node left out. */
  async drift(caller: Caller, cluster: string): Promise<ConfigDrift> {
    const nodes = await this.nodes(caller, cluster);
    const call = { requestId: caller.request.requestId };
    const configured = await eachOf(nodes, async ({ name }) => ({
      node: name,
      live: await this.orNull(this.kubelets.configz(cluster, name, call) as Promise<JsonObject>),
    }));
    return groupByConfig(configured);
  }

  private async read(caller: Caller, cluster: string, node: AskedNode): Promise<NodePosture> {
    const { name, kubeletVersion, platform } = node;
    const call = { requestId: caller.request.requestId };
    const [live, flags] = await Promise.all([
      this.kubelets.configz(cluster, name, call) as Promise<JsonObject>,
      this.orNull(this.kubelets.flagz(cluster, name, call)),
    ]);
    const read = postureFlags(flags);
    return evaluatePosture({ live, kubeletVersion, platform, ...(read ? { flags: read } : {}) });
  }

  private async nodes(caller: Caller, cluster: string): Promise<NodeRow[]> {
    await this.access.require(caller, 'cluster.read', { type: 'Cluster', cluster });
    const rows = [...(await this.caches.withNodes(cluster)).nodes()];
    return this.access.filter(caller.actor, 'node.kubelet.read', rows, ({ name, labels }) => ({
      type: 'Node',
      cluster,
      name,
      labels,
    }));
  }

  private async orNull<T>(reading: Promise<T>): Promise<T | null> {
    try {
      return await reading;
    } catch (error) {
      if (error instanceof DomainError) return null;
      throw error;
    }
  }
}

interface AskedNode {
  readonly name: string;
  readonly kubeletVersion: string;
  readonly platform: NodePlatform;
}

const asked = ({ name, labels, annotations, info, providerId, taints }: NodeRow): AskedNode => ({
  name,
  kubeletVersion: info.kubeletVersion,
  platform: platformOf({ labels, annotations, ...info, providerId, taints }),
});

async function eachOf<T, R>(items: readonly T[], work: (item: T) => Promise<R>): Promise<R[]> {
  const results = new Array<R>(items.length);
  let next = 0;
  const take = async () => {
    for (let index = next++; index < items.length; index = next++) results[index] = await work(items[index] as T);
  };
  await Promise.all(Array.from({ length: Math.min(AT_ONCE, items.length) }, take));
  return results;
}
