import { performance } from 'node:perf_hooks';
import { watchObjects } from './watch-objects.js';

export interface DrainObservation {
  /** When the last of the pods was gone, on the clock of `performance`. */
  readonly emptyAt: number;
  /** The longest that one pod took from the mark of deletion until it was gone. */
  readonly longestTerminationMs: number;
  /** For each budget that opened while pods waited for it: how long until a pod of it was marked for deletion. */
  readonly reactionsMs: readonly number[];
}

/**
 * Sees the pods of a node go, the same way for every tool: through watches of its own. A pod carries the label `app`; the
 * budget over it has that name.
 */
export class DrainObserver {
  private readonly terminatingAt = new Map<string, number>();
  private readonly goneAt = new Map<string, number>();
  private readonly openedAt = new Map<string, number>();
  private readonly allowed = new Map<string, number>();
  private readonly reactionsMs: number[] = [];
  private readonly stops: (() => Promise<void>)[] = [];

  private constructor(private readonly uids: ReadonlySet<string>) {}

  static async start(kubeconfig: string, namespace: string, uids: ReadonlySet<string>): Promise<DrainObserver> {
    const observer = new DrainObserver(uids);
    const root = (group: string) => `/${group}/namespaces/${namespace}`;
    observer.stops.push(
      await watchObjects(kubeconfig, `${root('api/v1')}/pods`, ({ type, object }) => observer.pod(type, object)),
      await watchObjects(kubeconfig, `${root('apis/policy/v1')}/poddisruptionbudgets`, ({ type, object }) => {
        if (type !== 'BOOKMARK') observer.budget(object.metadata.name, object.status?.disruptionsAllowed ?? 0);
      }),
    );
    return observer;
  }

  /** Waits until all the pods are gone, which they are soon after the tool has said so. */
  async end(patienceMs = 10_000): Promise<DrainObservation> {
    const deadline = performance.now() + patienceMs;
    while (this.goneAt.size < this.uids.size) {
      if (performance.now() > deadline) throw new Error(`${this.uids.size - this.goneAt.size} pods are still there`);
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    await Promise.all(this.stops.map((stop) => stop()));
    const terminations = [...this.goneAt].map(([uid, at]) => at - (this.terminatingAt.get(uid) ?? at));
    return {
      emptyAt: Math.max(...this.goneAt.values()),
      longestTerminationMs: Math.max(...terminations),
      reactionsMs: this.reactionsMs,
    };
  }

  // biome-ignore lint/suspicious/noExplicitAny: a pod as the API server gives it
  private pod(type: string, { metadata }: any): void {
    const now = performance.now();
    if (!this.uids.has(metadata.uid)) return;
    if (metadata.deletionTimestamp && !this.terminatingAt.has(metadata.uid)) {
      this.terminatingAt.set(metadata.uid, now);
      const opened = this.openedAt.get(metadata.labels.app);
      if (opened !== undefined) this.reactionsMs.push(now - opened);
      this.openedAt.delete(metadata.labels.app);
    }
    if (type === 'DELETED') this.goneAt.set(metadata.uid, now);
  }

  private budget(name: string, allowed: number): void {
    // Budgets that are open from the start are no reaction.
    if (this.allowed.get(name) === 0 && allowed > 0) this.openedAt.set(name, performance.now());
    this.allowed.set(name, allowed);
  }
}
