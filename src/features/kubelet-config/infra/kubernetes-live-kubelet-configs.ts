import { Injectable } from '@nestjs/common';
import { DomainError } from '../../../kernel/domain-error.js';
import { matchesLabels, parseLabelSelector } from '../../../kernel/label-selector.js';
import { platformOf } from '../../../kernel/node-platform.js';
import { ClusterConnections } from '../../../platform/kubernetes/cluster-connections.js';
import type { Node } from '../../../platform/kubernetes/kube-objects.js';
import { KubeletClient } from '../../../platform/kubernetes/kubelet/kubelet-client.js';
import { KubernetesApiError } from '../../../platform/kubernetes/kubernetes-api-error.js';
import { kubernetesDomainError } from '../../../platform/kubernetes/kubernetes-domain-error.js';
import { platformOfNode } from '../../../platform/kubernetes/platform-of-node.js';
import type { ClusterCaches, NodeRow } from '../../clusters/index.js';
import {
  type LiveKubelet,
  LiveKubeletConfigs,
  type NodeFacts,
  type ReadKubelets,
} from '../application/ports/live-kubelet-configs.port.js';
import { differingGates } from '../domain/fields/feature-gates.js';
import type { JsonObject } from '../domain/json/json-value.js';
import { versionOf } from '../domain/validation/config-target.js';
import { readKubeletReport } from './kubelet-report.js';

/** Requests at a time for one request of a caller. */
const PARALLEL = 16;
/** Nodes in memory are taken for the cluster's when they were so this recently; a live read would be no better for less. */
const FRESH_MS = 30_000;

@Injectable()
export class KubernetesLiveKubeletConfigs extends LiveKubeletConfigs {
  private caches?: ClusterCaches;

  constructor(
    private readonly connections: ClusterConnections,
    private readonly kubelets: KubeletClient,
  ) {
    super();
  }

  /** Of processes that hold the nodes in memory anyway. */
  remember(caches: ClusterCaches): void {
    this.caches = caches;
  }

  override async named(cluster: string, names: readonly string[]): Promise<NodeFacts[]> {
    const api = this.connections.api(cluster);
    const found: NodeFacts[] = [];
    await inParallel(names, async (name) => {
      try {
        found.push(factsOfNode(await api.getNode(name)));
      } catch (error) {
        if (!(error instanceof KubernetesApiError && error.status === 404)) throw kubernetesDomainError(error);
      }
    });
    return found.sort(byName);
  }

  override async selected(cluster: string, labelSelector: string): Promise<NodeFacts[]> {
    const cache = await this.caches?.withNodes(cluster);
    if (!cache || cache.nodesSilentMs > FRESH_MS) {
      return this.selectedNow(cluster, labelSelector);
    }
    const selector = parseLabelSelector(labelSelector);
    const rows = [...cache.nodes()].filter(({ labels }) => matchesLabels(selector, labels));
    return rows.map(factsOfRow).sort(byName);
  }

  override async selectedNow(cluster: string, labelSelector: string): Promise<NodeFacts[]> {
    try {
      const { items } = await this.connections.api(cluster).listNodes({ labelSelector });
      return items.map(factsOfNode).sort(byName);
    } catch (error) {
      throw kubernetesDomainError(error);
    }
  }

  override async read(
    cluster: string,
    nodes: readonly NodeFacts[],
    what: ReadKubelets,
  ): Promise<Map<string, LiveKubelet>> {
    const found = new Map<string, LiveKubelet>();
    await inParallel(nodes, async (facts) => {
      found.set(facts.node, await this.readOne(cluster, facts, what));
    });
    return found;
  }

  private async readOne(cluster: string, facts: NodeFacts, { withMetrics }: ReadKubelets): Promise<LiveKubelet> {
    const { node } = facts;
    try {
      const live = (await this.kubelets.configz(cluster, node)) as JsonObject;
      const [files, reported] = await Promise.all([
        this.files(cluster, node),
        withMetrics ? this.reported(cluster, facts, live) : {},
      ]);
      return { live, ...files, ...reported };
    } catch (error) {
      if (error instanceof DomainError) return { live: null, problem: error.message };
      throw error;
    }
  }

  /** Of the flags only these say more than the configuration: the page lists flags that nobody set, with their defaults. */
  private async files(cluster: string, node: string): Promise<Pick<LiveKubelet, 'dropInDirectory' | 'configFile'>> {
    const flags = await known(this.kubelets.flagz(cluster, node));
    const { 'config-dir': directory, config } = flags ?? {};
    return {
      ...(directory === undefined ? {} : { dropInDirectory: directory === '' ? null : directory }),
      ...(config ? { configFile: config } : {}),
    };
  }

  /** What only the metrics tell. Without the right to read them the table of the version has to do. */
  private async reported(
    cluster: string,
    facts: NodeFacts,
    live: JsonObject,
  ): Promise<Pick<LiveKubelet, 'gates' | 'cgroupVersion'>> {
    const page = await known(this.kubelets.metrics(cluster, facts.node, 'kubelet'));
    if (page === undefined) return {};
    const { gates, cgroupVersion } = readKubeletReport(page);
    const differing = differingGates(gates, live, versionOf(facts));
    return {
      ...(Object.keys(differing).length > 0 ? { gates: differing } : {}),
      ...(cgroupVersion === undefined ? {} : { cgroupVersion }),
    };
  }
}

const byName = (a: NodeFacts, b: NodeFacts): number => (a.node < b.node ? -1 : 1);

async function inParallel<T>(items: readonly T[], work: (item: T) => Promise<void>): Promise<void> {
  let next = 0;
  const take = async () => {
    while (next < items.length) await work(items[next++] as T);
  };
  await Promise.all(Array.from({ length: Math.min(PARALLEL, items.length) }, take));
}

/** Undefined for what this kubelet does not tell. */
async function known<T>(reading: Promise<T>): Promise<T | undefined> {
  try {
    return await reading;
  } catch (error) {
    if (error instanceof DomainError) return undefined;
    throw error;
  }
}

function factsOfNode({ metadata, spec, status }: Node): NodeFacts {
  const { name: node, uid, labels = {} } = metadata;
  const kubeletVersion = status.nodeInfo?.kubeletVersion ?? '';
  return { node, uid, labels, kubeletVersion, platform: platformOfNode({ metadata, spec, status }) };
}

function factsOfRow({ name, uid, labels, annotations, info, providerId, taints }: NodeRow): NodeFacts {
  const platform = platformOf({ labels, annotations, ...info, providerId, taints });
  return { node: name, uid, labels: { ...labels }, kubeletVersion: info.kubeletVersion, platform };
}
