import { setTimeout as sleep } from 'node:timers/promises';
import { monotonicNow } from '../../kernel/monotonic.js';
import type { ClusterConnection } from './cluster-connection.js';
import type { WatchEvent } from './kube-answers.js';
import type { KubeObject } from './kube-objects.js';
import { KubernetesApiError } from './kubernetes-api-error.js';
import { RetryDelay } from './retry-delay.js';

export interface RowChange<TRow> {
  readonly type: 'ADDED' | 'MODIFIED' | 'DELETED';
  readonly uid: string;
  /** For DELETED the last known row. */
  readonly row: TRow;
  readonly previous?: TRow;
}

export interface ListWatchOptions<TObject extends KubeObject, TRow> {
  readonly connection: ClusterConnection;
  readonly path: string;
  readonly labelSelector?: string;
  readonly fieldSelector?: string;
  /** Keeps what is needed of an object, while paging and per event: the objects themselves are dropped at once. */
  readonly project: (object: TObject) => TRow;
  /** Every change in order, those that a new list brings to light included. */
  readonly onEvent?: (change: RowChange<TRow>) => void;
  /** A list has been taken in: `rows` is what the cluster holds. Comes again after each later list. */
  readonly onSync?: (rows: ReadonlyMap<string, TRow>) => void;
  /** A list or watch failed; the loop goes on. */
  readonly onError?: (error: unknown) => void;
  /** A watch that brings no byte for so long is taken for dead. Servers send a bookmark about every minute. */
  readonly silenceMs?: number;
  readonly listTimeoutMs?: number;
}

const SILENCE_MS = 90_000;
const LIST_TIMEOUT_MS = 30_000;
const LIVED_MS = 1_000;
/** Why a watch ends that another one takes over from. */
const RENEWED = Symbol('renewed');

/**
 * Keeps rows in step with one collection of the API server: list, then watch from that version, and again. Works for
 * caches that live as long as the process and for short watches scoped by a selector. The uid is the key, so an object
 * that was replaced under its name is a DELETED and an ADDED.
 */
export class ListWatch<TObject extends KubeObject, TRow> {
  private readonly current = new Map<string, TRow>();
  private readonly stopping = new AbortController();
  private readonly delay = new RetryDelay();
  private waiting: { resolve: () => void; reject: (reason: unknown) => void }[] = [];
  private version?: string;
  private running?: Promise<void>;
  private connected = false;
  private synced = false;
  /** By the clock that nobody sets. An open watch alone proves nothing. */
  private contact = Number.NEGATIVE_INFINITY;
  private renewal?: AbortController;
  private renewedAt = Number.NEGATIVE_INFINITY;
  private contacted?: { readonly promise: Promise<void>; readonly resolve: () => void };
  private failure?: unknown;

  constructor(private readonly options: ListWatchOptions<TObject, TRow>) {}

  /** Rows by uid. */
  get rows(): ReadonlyMap<string, TRow> {
    return this.current;
  }

  /** A list has been taken in at least once. */
  get isSynced(): boolean {
    return this.synced;
  }

  /** What went wrong last; undefined while the watch is open. */
  get lastError(): unknown {
    return this.failure;
  }

  /** For how long no byte has come from the cluster; without end before the first list. */
  get silentMs(): number {
    return this.synced ? monotonicNow() - this.contact : Number.POSITIVE_INFINITY;
  }

  /**
   * Makes sure that the cluster still answers when it has been silent for longer than this: a new watch goes on where
   * the old one is, and its first answer is the proof. Resolves with that answer, or when the patience is over; who comes
   * later to a cluster that is known not to answer does not wait at all.
   */
  async confirm(silenceMs: number, patienceMs: number): Promise<void> {
    const now = monotonicNow();
    if (!this.synced || this.silentMs <= silenceMs) return;
    if (this.connected) {
      this.renewedAt = now;
      this.renewal?.abort(RENEWED);
    }
    const left = this.renewedAt + patienceMs - now;
    if (left > 0) await Promise.race([this.nextContact(), sleep(left, undefined, { ref: false })]);
  }

  /** Begins in the background; a second call changes nothing. Ends with the signal or `stop`. */
  start(signal?: AbortSignal): this {
    if (this.running) return this;
    if (signal?.aborted) this.stopping.abort();
    signal?.addEventListener('abort', () => this.stopping.abort(), { once: true, signal: this.stopping.signal });
    this.running = this.loop();
    return this;
  }

  /** No callback comes after this has resolved. */
  async stop(): Promise<void> {
    this.stopping.abort();
    await this.running;
  }

  /** Resolves at the first sync. @throws the signal's reason, or an Error once the loop is stopped. */
  whenSynced(signal?: AbortSignal): Promise<void> {
    if (this.synced) return Promise.resolve();
    return new Promise((resolve, reject) => {
      if (signal?.aborted) reject(signal.reason);
      if (this.stopping.signal.aborted) reject(new Error('the watch was stopped before its first list'));
      signal?.addEventListener('abort', () => reject(signal.reason), { once: true });
      this.waiting.push({ resolve, reject });
    });
  }

  private async loop(): Promise<void> {
    const { signal } = this.stopping;
    while (!signal.aborted) {
      try {
        if (this.version === undefined) await this.list();
        if (await this.watch()) this.delay.reset();
      } catch (error) {
        if (signal.aborted) break;
        if (error === RENEWED) continue;
        this.failure = error;
        if (error instanceof KubernetesApiError && error.isExpired) this.version = undefined;
        this.options.onError?.(error);
      }
      await sleep(this.delay.next(this.failure), undefined, { signal }).catch(() => undefined);
    }
    for (const { reject } of this.waiting) reject(new Error('the watch was stopped before its first list'));
    this.waiting = [];
  }

  private async list(): Promise<void> {
    const { connection, path, labelSelector, fieldSelector, project, listTimeoutMs, onSync } = this.options;
    const next = new Map<string, TRow>();
    const { resourceVersion } = await connection.list<TObject>(path, {
      labelSelector,
      fieldSelector,
      timeoutMs: listTimeoutMs ?? LIST_TIMEOUT_MS,
      signal: this.stopping.signal,
      onStart: () => next.clear(),
      onItem: (object) => next.set(object.metadata.uid, project(object)),
    });
    this.replace(next);
    this.version = resourceVersion;
    this.noteContact();
    this.synced = true;
    onSync?.(this.current);
    for (const { resolve } of this.waiting) resolve();
    this.waiting = [];
  }

  /** Deletions first, so that a name is free before it is taken again. */
  private replace(next: Map<string, TRow>): void {
    for (const uid of [...this.current.keys()]) if (!next.has(uid)) this.remove(uid);
    for (const [uid, row] of next) this.put(uid, row);
  }

  /** Returns whether the watch had opened before it ended. */
  private async watch(): Promise<boolean> {
    const { connection, path, labelSelector, fieldSelector, silenceMs = SILENCE_MS } = this.options;
    const silence = new AbortController();
    this.renewal = silence;
    const watchdog = setTimeout(() => silence.abort(new Error('the watch fell silent')), silenceMs);
    const openedAt = monotonicNow();
    let opened = false;
    try {
      await connection.watch<TObject>(path, {
        labelSelector,
        fieldSelector,
        resourceVersion: this.version as string,
        // Spread out, so that the watches of many processes don't all return in the same second.
        timeoutSeconds: 240 + Math.floor(Math.random() * 61),
        signal: AbortSignal.any([this.stopping.signal, silence.signal]),
        onOpen: () => {
          opened = true;
          this.connected = true;
          this.failure = undefined;
          this.noteContact();
        },
        onData: () => {
          watchdog.refresh();
          this.noteContact();
        },
        onEvent: (event) => this.apply(event),
      });
      return opened;
    } catch (error) {
      // A watch that lived and was dropped is taken up again at once; what fails at its start waits longer each time.
      if (opened && monotonicNow() - openedAt > LIVED_MS) this.delay.reset();
      throw error;
    } finally {
      clearTimeout(watchdog);
      this.connected = false;
    }
  }

  private noteContact(): void {
    this.contact = monotonicNow();
    this.contacted?.resolve();
    this.contacted = undefined;
  }

  private nextContact(): Promise<void> {
    this.contacted ??= Promise.withResolvers<void>();
    return this.contacted.promise;
  }

  private apply({ type, object }: WatchEvent<TObject>): void {
    const { uid, resourceVersion } = object.metadata;
    if (type === 'DELETED') {
      // The final state may matter to who waits for the deletion.
      if (this.current.has(uid)) this.current.set(uid, this.options.project(object));
      this.remove(uid);
    } else if (type !== 'BOOKMARK') {
      this.put(uid, this.options.project(object));
    }
    this.version = resourceVersion;
  }

  private put(uid: string, row: TRow): void {
    const previous = this.current.get(uid);
    this.current.set(uid, row);
    this.tell(previous === undefined ? { type: 'ADDED', uid, row } : { type: 'MODIFIED', uid, row, previous });
  }

  private remove(uid: string): void {
    const row = this.current.get(uid);
    if (row === undefined) return;
    this.current.delete(uid);
    this.tell({ type: 'DELETED', uid, row });
  }

  /** A mistake in a listener must neither end the loop nor be taken for a broken watch. */
  private tell(change: RowChange<TRow>): void {
    try {
      this.options.onEvent?.(change);
    } catch (error) {
      this.options.onError?.(error);
    }
  }
}
