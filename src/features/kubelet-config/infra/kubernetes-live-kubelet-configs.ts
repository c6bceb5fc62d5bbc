import { Injectable } from '@nestjs/common';
import { DomainError } from '../../../kernel/domain-error.js';
import { ClusterConnections } from '../../../platform/kubernetes/cluster-connections.js';
import type { Node } from '../../../platform/kubernetes/kube-objects.js';
import { KubeletClient } from '../../../platform/kubernetes/kubelet/kubelet-client.js';
import { kubernetesDomainError } from '../../../platform/kubernetes/kubernetes-domain-error.js';
import {
  type LiveKubelet,
  LiveKubeletConfigs,
  type NodeFacts,
} from '../application/ports/live-kubelet-configs.port.js';
import type { JsonObject } from '../domain/json/json-value.js';
import type { NodePlatform } from '../domain/validation/config-target.js';

/** Kubelets asked at a time for one request. */
const PARALLEL = 16;
const MANAGED_LABELS = [
  'eks.amazonaws.com/nodegroup',
  'cloud.google.com/gke-nodepool',
  'kubernetes.azure.com/agentpool',
];
const KUBEADM_ANNOTATION = 'kubeadm.alpha.kubernetes.io/cri-socket';

@Injectable()
export class KubernetesLiveKubeletConfigs extends LiveKubeletConfigs {
  constructor(
    private readonly connections: ClusterConnections,
    private readonly kubelets: KubeletClient,
  ) {
    super();
  }

  override async nodes(cluster: string, labelSelector?: string): Promise<NodeFacts[]> {
    const api = this.connections.api(cluster);
    try {
      const { items } = await api.listNodes(labelSelector === undefined ? {} : { labelSelector });
      return items.map(factsOf).sort((a, b) => (a.node < b.node ? -1 : 1));
    } catch (error) {
      throw kubernetesDomainError(error);
    }
  }

  override async read(cluster: string, nodes: readonly string[]): Promise<Map<string, LiveKubelet>> {
    const found = new Map<string, LiveKubelet>();
    const waiting = [...nodes];
    const take = async () => {
      for (let node = waiting.shift(); node !== undefined; node = waiting.shift()) {
        found.set(node, await this.readOne(cluster, node));
      }
    };
    await Promise.all(Array.from({ length: Math.min(PARALLEL, nodes.length) }, take));
    return found;
  }

  private async readOne(cluster: string, node: string): Promise<LiveKubelet> {
    try {
      const live = (await this.kubelets.configz(cluster, node)) as JsonObject;
      return { live, ...(await this.dropInDirectory(cluster, node)) };
    } catch (error) {
      if (error instanceof DomainError) return { live: null, problem: error.message };
      throw error;
    }
  }

  /** Of the flags only this one says more than the configuration: the page lists flags that nobody set, with their defaults. */
  private async dropInDirectory(cluster: string, node: string): Promise<{ dropInDirectory?: string | null }> {
    try {
      const directory = (await this.kubelets.flagz(cluster, node))['config-dir'];
      return directory === undefined ? {} : { dropInDirectory: directory === '' ? null : directory };
    } catch (error) {
      if (error instanceof DomainError) return {};
      throw error;
    }
  }
}

function factsOf({ metadata, status }: Node): NodeFacts {
  const kubeletVersion = status.nodeInfo?.kubeletVersion ?? '';
  const { name: node, uid, labels = {}, annotations = {} } = metadata;
  return { node, uid, labels, kubeletVersion, platform: platformOf(kubeletVersion, labels, annotations) };
}

function platformOf(
  version: string,
  labels: Readonly<Record<string, string>>,
  annotations: Readonly<Record<string, string>>,
): NodePlatform {
  if (version.includes('+k3s')) return 'k3s';
  if (version.includes('+rke2')) return 'rke2';
  if (MANAGED_LABELS.some((label) => label in labels)) return 'managed';
  return KUBEADM_ANNOTATION in annotations ? 'kubeadm' : 'unknown';
}
