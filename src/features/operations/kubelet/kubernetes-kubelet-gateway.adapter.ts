import { Injectable } from '@nestjs/common';
import { DomainError } from '../../../kernel/domain-error.js';
import type { Permit } from '../../../kernel/permit.js';
import { ClusterConnections } from '../../../platform/kubernetes/cluster-connections.js';
import { KubeletClient } from '../../../platform/kubernetes/kubelet/kubelet-client.js';
import { kubernetesDomainError } from '../../../platform/kubernetes/kubernetes-domain-error.js';
import { KubeletGateway, type KubeletPulse } from './kubelet-gateway.port.js';

const LEASES = 'kube-node-lease';
/** A kubelet that is asked again and again must not hold up each round for the usual ten seconds. */
const CHECK_TIMEOUT_MS = 3_000;
const METRICS_TIMEOUT_MS = 8_000;
const STARTED = /^process_start_time_seconds(?:\{[^}]*\})? (\S+)/m;

@Injectable()
export class KubernetesKubeletGateway extends KubeletGateway {
  constructor(
    private readonly connections: ClusterConnections,
    private readonly kubelets: KubeletClient,
  ) {
    super();
  }

  override async pulse(cluster: string, node: string, signal?: AbortSignal): Promise<KubeletPulse> {
    const api = this.connections.api(cluster);
    const call = signal ? { signal } : {};
    try {
      const [{ status }, lease] = await Promise.all([api.getNode(node, call), api.getLease(LEASES, node, call)]);
      const ready = status.conditions?.find(({ type }) => type === 'Ready');
      return {
        ready: ready?.status ?? 'Unknown',
        readyReason: ready?.reason ?? null,
        readyMessage: ready?.message ?? null,
        readyChangedAt: timeOf(ready?.lastTransitionTime),
        leaseRenewedAt: timeOf(lease?.spec.renewTime),
      };
    } catch (error) {
      throw kubernetesDomainError(error);
    }
  }

  override async failingChecks(cluster: string, node: string, signal?: AbortSignal): Promise<string[]> {
    const checks = await this.kubelets.healthz(cluster, node, options(CHECK_TIMEOUT_MS, signal));
    return checks.filter(({ healthy }) => !healthy).map(({ name }) => name);
  }

  override setVerbosity(
    cluster: string,
    node: string,
    level: number,
    permit: Permit,
    signal?: AbortSignal,
  ): Promise<void> {
    return this.kubelets.setVerbosity(cluster, node, level, { permit, ...(signal ? { signal } : {}) });
  }

  /** `/configz` holds what file and flags together say; `/flagz` shows a default where only the file sets the level. */
  override async configuredVerbosity(cluster: string, node: string, signal?: AbortSignal): Promise<number | null> {
    const config = await ifKnown(this.kubelets.configz(cluster, node, options(CHECK_TIMEOUT_MS, signal)), signal);
    const fromConfig = levelOf((config?.logging as { verbosity?: unknown } | undefined)?.verbosity);
    if (fromConfig !== null) return fromConfig;
    const flags = await ifKnown(this.kubelets.flagz(cluster, node, options(CHECK_TIMEOUT_MS, signal)), signal);
    return levelOf(flags?.v === undefined ? undefined : Number(flags.v));
  }

  override async startedAt(cluster: string, node: string, signal?: AbortSignal): Promise<Date | null> {
    const page = await ifKnown(
      this.kubelets.metrics(cluster, node, 'kubelet', options(METRICS_TIMEOUT_MS, signal)),
      signal,
    );
    const seconds = Number(STARTED.exec(page ?? '')?.[1]);
    return seconds > 0 ? new Date(seconds * 1000) : null;
  }
}

const options = (timeoutMs: number, signal: AbortSignal | undefined) => ({ timeoutMs, ...(signal ? { signal } : {}) });

const timeOf = (text: string | null | undefined): Date | null => (text ? new Date(text) : null);

const levelOf = (value: unknown): number | null =>
  Number.isInteger(value) && Number(value) >= 0 && Number(value) <= 10 ? Number(value) : null;

/** Undefined where the kubelet doesn't say. */
async function ifKnown<T>(asked: Promise<T>, signal: AbortSignal | undefined): Promise<T | undefined> {
  try {
    return await asked;
  } catch (error) {
    if (signal?.aborted || !(error instanceof DomainError)) throw error;
    return undefined;
  }
}
