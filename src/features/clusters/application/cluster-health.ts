import { Injectable, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common';
import { Clock } from '../../../kernel/clock.js';
import { DomainError } from '../../../kernel/domain-error.js';
import { ClusterConnections } from '../../../platform/kubernetes/cluster-connections.js';
import { kubernetesDomainError } from '../../../platform/kubernetes/kubernetes-domain-error.js';

export interface ClusterHealthReport {
  readonly reachable: boolean;
  /** As the API server names itself: `v1.35.4`. Kept from the last time it answered. */
  readonly version: string | null;
  readonly latencyMs: number | null;
  readonly checkedAt: Date | null;
  readonly lastReachableAt: Date | null;
  readonly lastError: { readonly code: string; readonly message: string } | null;
}

const UNKNOWN: ClusterHealthReport = {
  reachable: false,
  version: null,
  latencyMs: null,
  checkedAt: null,
  lastReachableAt: null,
  lastError: null,
};

const INTERVAL_MS = 10_000;
const TIMEOUT_MS = 5_000;

/** Asks every cluster for its version now and then, each in its own loop, so that a dead one delays none. */
@Injectable()
export class ClusterHealth implements OnApplicationBootstrap, OnApplicationShutdown {
  private readonly reports = new Map<string, ClusterHealthReport>();
  private readonly checks = new Map<string, Promise<ClusterHealthReport>>();
  private readonly timers = new Map<string, NodeJS.Timeout>();
  private readonly stopping = new AbortController();

  constructor(
    private readonly connections: ClusterConnections,
    private readonly clock: Clock,
  ) {}

  onApplicationBootstrap(): void {
    setImmediate(() => {
      for (const cluster of this.connections.names()) void this.repeat(cluster);
    });
  }

  onApplicationShutdown(): void {
    this.stopping.abort();
    for (const timer of this.timers.values()) clearTimeout(timer);
  }

  /** The last report; the first check is waited for, up to its own timeout. */
  async of(cluster: string): Promise<ClusterHealthReport> {
    return this.reports.get(cluster) ?? this.check(cluster);
  }

  /** What is known now, without waiting. */
  known(cluster: string): ClusterHealthReport {
    return this.reports.get(cluster) ?? UNKNOWN;
  }

  private async repeat(cluster: string): Promise<void> {
    await this.check(cluster);
    if (this.stopping.signal.aborted) return;
    const timer = setTimeout(() => void this.repeat(cluster), INTERVAL_MS * (0.8 + Math.random() * 0.4));
    this.timers.set(cluster, timer.unref());
  }

  private check(cluster: string): Promise<ClusterHealthReport> {
    const running = this.checks.get(cluster);
    if (running) return running;
    const check = this.ask(cluster).finally(() => this.checks.delete(cluster));
    this.checks.set(cluster, check);
    return check;
  }

  private async ask(cluster: string): Promise<ClusterHealthReport> {
    const before = this.known(cluster);
    const started = performance.now();
    let report: ClusterHealthReport;
    try {
      const options = { timeoutMs: TIMEOUT_MS, signal: this.stopping.signal };
      const { gitVersion } = await this.connections.api(cluster).version(options);
      const now = this.clock.now();
      const latencyMs = Math.round((performance.now() - started) * 10) / 10;
      report = {
        reachable: true,
        version: gitVersion,
        latencyMs,
        checkedAt: now,
        lastReachableAt: now,
        lastError: null,
      };
    } catch (error) {
      const known = kubernetesDomainError(error);
      const { code, message } =
        known instanceof DomainError ? known : { code: 'INTERNAL', message: 'The check failed.' };
      report = {
        ...before,
        reachable: false,
        latencyMs: null,
        checkedAt: this.clock.now(),
        lastError: { code, message },
      };
    }
    this.reports.set(cluster, report);
    return report;
  }
}
