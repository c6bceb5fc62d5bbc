import { Injectable } from '@nestjs/common';
import type { Caller } from '../../../../kernel/actor.js';
import { Clock } from '../../../../kernel/clock.js';
import { DomainError } from '../../../../kernel/domain-error.js';
import { ClusterConnections } from '../../../../platform/kubernetes/cluster-connections.js';
import { KubeletClient } from '../../../../platform/kubernetes/kubelet/kubelet-client.js';
import type { KubeletMetricsPage } from '../../../../platform/kubernetes/kubelet/kubelet-endpoint.js';
import { VisibleNodeService } from '../visible-node.service.js';
import { type KubeletFigures, kubeletFigures } from './kubelet-figures.js';
import { type MetricSample, parseSamples } from './parse-samples.js';

export interface KubeletHealth {
  readonly ready: string;
  readonly readySince: Date | null;
  readonly leaseRenewedAt: Date | null;
  readonly leaseAgeSeconds: number | null;
  readonly kubeletVersion: string;
  readonly checks: readonly { name: string; healthy: boolean }[];
  readonly startedAt: Date | null;
  readonly healthy: boolean;
  /** Why the kubelet itself could not be asked; the rest comes from the API server. */
  readonly error: { code: string; message: string } | null;
}

const LEASE_NAMESPACE = 'kube-node-lease';
const MASKED = '[REDACTED]';

/** What a kubelet says about itself: the remote form of systemctl status, cat config.yaml and curl metrics. */
@Injectable()
export class ReadKubeletService {
  constructor(
    private readonly visible: VisibleNodeService,
    private readonly kubelets: KubeletClient,
    private readonly connections: ClusterConnections,
    private readonly clock: Clock,
  ) {}

  /** Answers also when the kubelet does not: then `error` says why. */
  async health(caller: Caller, cluster: string, name: string): Promise<KubeletHealth> {
    const node = await this.visible.require(caller, 'node.kubelet.read', cluster, name);
    const call = { requestId: caller.request.requestId };
    const lease = this.connections
      .api(cluster)
      .getLease(LEASE_NAMESPACE, name, call)
      .catch(() => undefined);
    const started = this.startedAt(cluster, name, call);
    let error: DomainError | undefined;
    const checks = await this.kubelets.healthz(cluster, name, call).catch((cause: unknown) => {
      if (!(cause instanceof DomainError)) throw cause;
      error = cause;
      return [];
    });
    const ready = node.status.conditions?.find(({ type }) => type === 'Ready');
    const renewed = (await lease)?.spec.renewTime;
    const leaseRenewedAt = renewed ? new Date(renewed) : null;
    return {
      ready: ready?.status ?? 'Unknown',
      readySince: ready?.lastTransitionTime ? new Date(ready.lastTransitionTime) : null,
      leaseRenewedAt,
      leaseAgeSeconds: leaseRenewedAt
        ? Math.max(0, Math.round((this.clock.now().getTime() - leaseRenewedAt.getTime()) / 1000))
        : null,
      kubeletVersion: node.status.nodeInfo?.kubeletVersion ?? '',
      checks,
      startedAt: await started,
      healthy: checks.length > 0 && checks.every(({ healthy }) => healthy) && ready?.status === 'True',
      error: error ? { code: error.code, message: error.message } : null,
    };
  }

  /** Null where neither the figures of the kubelet's cgroup nor its metrics tell. */
  private async startedAt(cluster: string, node: string, call: { requestId: string }): Promise<Date | null> {
    const unknown = () => undefined;
    const stats = await this.kubelets.stats(cluster, node, call).catch(unknown);
    const found = kubeletFigures(stats, '', this.clock.now()).kubeletStartedAt;
    if (found) return found;
    const metrics = await this.kubelets.metrics(cluster, node, 'kubelet', call).catch(unknown);
    return kubeletFigures(undefined, metrics ?? '', this.clock.now()).kubeletStartedAt;
  }

  /** The effective configuration; headers for static pods can hold credentials and are masked. */
  async config(caller: Caller, cluster: string, node: string): Promise<Record<string, unknown>> {
    await this.visible.require(caller, 'node.kubelet.read', cluster, node);
    const config = await this.kubelets.configz(cluster, node, { requestId: caller.request.requestId });
    return 'staticPodURLHeader' in config ? { ...config, staticPodURLHeader: MASKED } : config;
  }

  async flags(caller: Caller, cluster: string, node: string): Promise<Record<string, string>> {
    await this.visible.require(caller, 'node.kubelet.read', cluster, node);
    return this.kubelets.flagz(cluster, node, { requestId: caller.request.requestId });
  }

  async stats(
    caller: Caller,
    cluster: string,
    node: string,
  ): Promise<{ figures: KubeletFigures; summary: Record<string, unknown> }> {
    await this.visible.require(caller, 'node.kubelet.read', cluster, node);
    const call = { requestId: caller.request.requestId };
    const [summary, metrics] = await Promise.all([
      this.kubelets.stats(cluster, node, call),
      this.kubelets.metrics(cluster, node, 'kubelet', call),
    ]);
    return { figures: kubeletFigures(summary, metrics, this.clock.now()), summary };
  }

  async metrics(caller: Caller, cluster: string, node: string, page: KubeletMetricsPage): Promise<string> {
    await this.visible.require(caller, 'node.kubelet.read', cluster, node);
    return this.kubelets.metrics(cluster, node, page, { requestId: caller.request.requestId });
  }

  /** Parsed samples of a page, those of the given names only where any are given. */
  async samples(
    caller: Caller,
    cluster: string,
    node: string,
    { page, names, limit }: { page: KubeletMetricsPage; names?: readonly string[]; limit: number },
  ): Promise<{ samples: MetricSample[]; truncated: boolean }> {
    const text = await this.metrics(caller, cluster, node, page);
    const samples: MetricSample[] = [];
    for (const sample of parseSamples(text, names && new Set(names))) {
      if (samples.length >= limit) return { samples, truncated: true };
      samples.push(sample);
    }
    return { samples, truncated: false };
  }
}
