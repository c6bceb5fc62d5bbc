import { Injectable, type OnApplicationShutdown } from '@nestjs/common';
import { Clock } from '../../../kernel/clock.js';
import { ClusterConnections } from '../../../platform/kubernetes/cluster-connections.js';
import type { PodDisruptionBudget } from '../../../platform/kubernetes/kube-objects.js';
import { KUBE_PATHS } from '../../../platform/kubernetes/kube-paths.js';
import { ListWatch } from '../../../platform/kubernetes/list-watch.js';
import { Logger } from '../../../platform/telemetry/logger.js';
import type { BudgetView } from './drain-gateway.port.js';
import { pdbSnapshotOf } from './kubernetes-snapshot.mapper.js';
import type { PdbSnapshot } from './pdb-snapshot.js';

/** A drain that follows another soon finds the budgets already known. */
const LINGER_MS = 60_000;

interface SharedWatch {
  readonly watch: ListWatch<PodDisruptionBudget, PdbSnapshot>;
  readonly listeners: Set<(uid: string) => void>;
  users: number;
  closing: NodeJS.Timeout | undefined;
}

/** One watch of the disruption budgets a cluster, shared by all drains of the process. */
@Injectable()
export class SharedBudgetWatches implements OnApplicationShutdown {
  private readonly clusters = new Map<string, SharedWatch>();

  constructor(
    private readonly connections: ClusterConnections,
    private readonly logger: Logger,
    private readonly clock: Clock,
  ) {}

  async open(cluster: string, signal: AbortSignal): Promise<BudgetView> {
    const shared = this.clusters.get(cluster) ?? this.start(cluster);
    clearTimeout(shared.closing);
    shared.users += 1;
    try {
      await shared.watch.whenSynced(signal);
    } catch (error) {
      this.leave(cluster, shared);
      throw error;
    }
    return {
      budgets: shared.watch.rows,
      onChange: (listener) => {
        shared.listeners.add(listener);
        return () => shared.listeners.delete(listener);
      },
      release: () => this.leave(cluster, shared),
    };
  }

  async onApplicationShutdown(): Promise<void> {
    await Promise.all([...this.clusters.values()].map((shared) => this.stop(shared)));
  }

  private start(cluster: string): SharedWatch {
    const listeners = new Set<(uid: string) => void>();
    const watch = new ListWatch<PodDisruptionBudget, PdbSnapshot>({
      connection: this.connections.get(cluster),
      path: KUBE_PATHS.podDisruptionBudgets,
      project: (budget) => pdbSnapshotOf(budget, this.clock.now()),
      onEvent: ({ uid }) => {
        for (const listener of listeners) listener(uid);
      },
      onError: (error) => this.logger.warn({ cluster, err: error }, 'the watch of disruption budgets failed'),
    }).start();
    const shared: SharedWatch = { watch, listeners, users: 0, closing: undefined };
    this.clusters.set(cluster, shared);
    return shared;
  }

  private leave(cluster: string, shared: SharedWatch): void {
    shared.users -= 1;
    if (shared.users > 0) return;
    shared.closing = setTimeout(() => {
      if (this.clusters.get(cluster) === shared) this.clusters.delete(cluster);
      void this.stop(shared);
    }, LINGER_MS);
    shared.closing.unref();
  }

  private async stop({ watch, closing }: SharedWatch): Promise<void> {
    clearTimeout(closing);
    await watch.stop();
  }
}
