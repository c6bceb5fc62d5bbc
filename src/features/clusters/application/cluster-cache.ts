import type { ClusterApi } from '../../../platform/kubernetes/cluster-api.js';
import type { Node, Pod } from '../../../platform/kubernetes/kube-objects.js';
import { KUBE_PATHS } from '../../../platform/kubernetes/kube-paths.js';
import { ListWatch, type RowChange } from '../../../platform/kubernetes/list-watch.js';
import { type NodeRow, nodeRow } from './node-row.js';
import type { NodeUsage } from './node-usage.js';
import { PlacedPods } from './placed-pods.js';
import { type PodRow, PodRows } from './pod-row.js';

export interface ClusterChange {
  readonly kind: 'node' | 'pod';
  readonly type: RowChange<unknown>['type'];
  /** Of the node itself, or of the pod's node. */
  readonly nodeName: string;
}

const LIST_TIMEOUT_MS = 60_000;
/** Asked only while somebody reads, so that idle processes cost the API server nothing. */
const SILENCE_MS = 3_000;
const PATIENCE_MS = 500;

/** Nodes and slim pods of one cluster in memory, kept in step by watches, with the sums per node ready to read. */
export class ClusterCache {
  private readonly nodesByName = new Map<string, NodeRow>();
  /** Those that have a node. */
  readonly placed = new PlacedPods();
  private nodeChanges = 0;
  private podChanges = 0;
  private changes = 0;
  private readonly listeners = new Set<(change: ClusterChange) => void>();
  private readonly nodeWatch: ListWatch<Node, NodeRow>;
  private readonly podWatch: ListWatch<Pod, PodRow>;

  constructor(
    readonly cluster: string,
    { connection }: ClusterApi,
    onError: (what: string, error: unknown) => void,
  ) {
    const rows = new PodRows();
    this.nodeWatch = new ListWatch<Node, NodeRow>({
      connection,
      path: KUBE_PATHS.nodes,
      project: nodeRow,
      onEvent: (change) => this.takeNode(change),
      onError: (error) => onError('nodes', error),
    });
    this.podWatch = new ListWatch<Pod, PodRow>({
      connection,
      path: KUBE_PATHS.pods,
      project: (pod) => rows.of(pod),
      onEvent: (change) => this.takePod(change),
      onError: (error) => onError('pods', error),
      listTimeoutMs: LIST_TIMEOUT_MS,
    });
  }

  /** Begins to fill in the background; calling it again changes nothing. */
  start(): this {
    this.nodeWatch.start();
    this.podWatch.start();
    return this;
  }

  async stop(): Promise<void> {
    await Promise.all([this.nodeWatch.stop(), this.podWatch.stop()]);
  }

  get hasNodes(): boolean {
    return this.nodeWatch.isSynced;
  }

  get hasPods(): boolean {
    return this.podWatch.isSynced;
  }

  /** Why nodes or pods can't be read at present; undefined if they can. */
  get lastError(): unknown {
    return this.nodeWatch.lastError ?? this.podWatch.lastError;
  }

  whenNodesKnown(signal: AbortSignal): Promise<void> {
    return this.nodeWatch.whenSynced(signal);
  }

  whenPodsKnown(signal: AbortSignal): Promise<void> {
    return this.podWatch.whenSynced(signal);
  }

  nodes(): Iterable<NodeRow> {
    return this.nodesByName.values();
  }

  get nodeCount(): number {
    return this.nodesByName.size;
  }

  get podCount(): number {
    return this.podWatch.rows.size;
  }

  node(name: string): NodeRow | undefined {
    return this.nodesByName.get(name);
  }

  usage(nodeName: string): NodeUsage {
    return this.placed.usage(nodeName);
  }

  podsOnNode(nodeName: string): PodRow[] {
    return this.placed.on(nodeName);
  }

  /** Grows when a node comes, goes, or changes in what lists filter or sort by; with `withPods` with each change of a pod too. */
  revision(withPods: boolean): number {
    return withPods ? this.nodeChanges + this.podChanges : this.nodeChanges;
  }

  /** Another one after every change that was taken in, heartbeats too; undefined until nodes and pods are known. */
  get version(): number | undefined {
    return this.hasNodes && this.hasPods ? this.changes : undefined;
  }

  /** Asks a cluster that has been silent for a while whether it is still there; a moment at most. */
  async confirm(): Promise<void> {
    await Promise.all([
      this.nodeWatch.confirm(SILENCE_MS, PATIENCE_MS),
      this.podWatch.confirm(SILENCE_MS, PATIENCE_MS),
    ]);
  }

  /** Whether the cluster has said nothing of late, though it may have been asked. */
  get isSilent(): boolean {
    return this.silentMs > SILENCE_MS;
  }

  /** For how long the cluster has said nothing on one of the watches that are known; without end until nodes are known. */
  get silentMs(): number {
    const { silentMs: nodes } = this.nodeWatch;
    return this.hasNodes && this.hasPods ? Math.max(nodes, this.podWatch.silentMs) : nodes;
  }

  /** The same of nodes alone, whatever is known of pods. */
  get nodesSilentMs(): number {
    return this.nodeWatch.silentMs;
  }

  /** Called after each change has been taken in. Returns the function that ends it. */
  onChange(listener: (change: ClusterChange) => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  private takeNode({ type, row }: RowChange<NodeRow>): void {
    const known = this.nodesByName.get(row.name);
    if (type === 'DELETED' || !known || listed(known) !== listed(row)) this.nodeChanges += 1;
    // A node that came back under its name may be known before its predecessor's deletion is.
    if (type !== 'DELETED') this.nodesByName.set(row.name, row);
    else if (this.nodesByName.get(row.name)?.uid === row.uid) this.nodesByName.delete(row.name);
    this.tell({ kind: 'node', type, nodeName: row.name });
  }

  private takePod({ type, uid, row, previous }: RowChange<PodRow>): void {
    this.podChanges += 1;
    if (previous) this.placed.withdraw(previous);
    else if (type === 'DELETED') this.placed.withdraw({ nodeName: row.nodeName, uid });
    if (type !== 'DELETED') this.placed.place(row);
    this.tell({ kind: 'pod', type, nodeName: row.nodeName });
  }

  private tell(change: ClusterChange): void {
    this.changes += 1;
    for (const listener of this.listeners) listener(change);
  }
}

/** All that lists filter and sort by: heartbeats of thousands of nodes change none of it. */
const listed = ({
  uid,
  status,
  labels,
  addresses,
  providerId,
  createdAt,
  capacity,
  allocatable,
  info,
}: NodeRow): string =>
  JSON.stringify([uid, status, labels, addresses, providerId, createdAt, capacity, allocatable, info.kubeletVersion]);
