import { Injectable } from '@nestjs/common';
import { Clock } from '../../../kernel/clock.js';
import { DomainError } from '../../../kernel/domain-error.js';
import { parseQuantity, quantityNumber, ZERO_QUANTITY } from '../../../kernel/quantity.js';
import { ClusterConnections } from '../../../platform/kubernetes/cluster-connections.js';
import type { NodeMetrics } from '../../../platform/kubernetes/kube-objects.js';
import { KubernetesApiError } from '../../../platform/kubernetes/kubernetes-api-error.js';
import { kubernetesDomainError } from '../../../platform/kubernetes/kubernetes-domain-error.js';

/** What a node really uses, as the cluster's metrics API measured it; all null with a reason where it can't be known. */
export interface MeasuredUsage {
  readonly cpuCores: number | null;
  readonly memoryBytes: number | null;
  readonly measuredAt: Date | null;
  readonly unavailable: string | null;
}

type Measured = (nodeName: string) => MeasuredUsage;

interface Kept {
  readonly until: number;
  readonly measured: Promise<Measured>;
}

/** The metrics API itself measures about every 15 s. */
const KEPT_MS = 10_000;
/** Figures beside nodes that come from memory: they are not waited for longer than this. */
const PATIENCE_MS = 2_000;

/** Reads the usage of all nodes of a cluster with one call, which requests of the next seconds share. */
@Injectable()
export class ReadNodeMetricsService {
  private readonly kept = new Map<string, Kept>();

  constructor(
    private readonly connections: ClusterConnections,
    private readonly clock: Clock,
  ) {}

  /** Never fails: a list of nodes is worth having without it. */
  of(cluster: string): Promise<Measured> {
    const now = this.clock.now().getTime();
    const known = this.kept.get(cluster);
    if (known && known.until > now) return known.measured;
    const measured = this.read(cluster);
    this.kept.set(cluster, { until: now + KEPT_MS, measured });
    return measured;
  }

  private async read(cluster: string): Promise<Measured> {
    try {
      const metrics = await this.connections.api(cluster).listNodeMetrics({ timeoutMs: PATIENCE_MS });
      const byName = new Map(metrics.map((each) => [each.metadata.name, measuredUsage(each)]));
      const missing = without('The metrics API has no figures of this node.');
      return (nodeName) => byName.get(nodeName) ?? missing;
    } catch (error) {
      const nothing = without(reasonOf(error));
      return () => nothing;
    }
  }
}

function measuredUsage({ usage, timestamp }: NodeMetrics): MeasuredUsage {
  const number = (text: string | undefined) => quantityNumber((text && parseQuantity(text)) || ZERO_QUANTITY);
  const [cpuCores, memoryBytes] = [number(usage.cpu), number(usage.memory)];
  return { cpuCores, memoryBytes, measuredAt: new Date(timestamp), unavailable: null };
}

const without = (unavailable: string): MeasuredUsage => ({
  cpuCores: null,
  memoryBytes: null,
  measuredAt: null,
  unavailable,
});

function reasonOf(error: unknown): string {
  if (error instanceof KubernetesApiError && error.status === 404)
    return 'The cluster has no metrics API (metrics.k8s.io).';
  const known = kubernetesDomainError(error);
  return known instanceof DomainError ? known.message : 'The metrics API could not be read.';
}
