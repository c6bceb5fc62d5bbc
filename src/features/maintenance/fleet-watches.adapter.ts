import { DomainError } from '../../kernel/domain-error.js';
import type { ClusterConnection } from '../../platform/kubernetes/cluster-connection.js';
import type { KubeObject, Pod } from '../../platform/kubernetes/kube-objects.js';
import { KUBE_PATHS } from '../../platform/kubernetes/kube-paths.js';
import { KubernetesApiError } from '../../platform/kubernetes/kubernetes-api-error.js';
import { kubernetesDomainError } from '../../platform/kubernetes/kubernetes-domain-error.js';
import { ListWatch } from '../../platform/kubernetes/list-watch.js';

/** What was heard of the cluster is taken for fresh for so long; then it has to answer within the patience. */
const FRESH_MS = 20_000;
const PATIENCE_MS = 2_000;

/** What a health gate looks at in a pod. */
export interface ReplacementRow {
  readonly uid: string;
  readonly owner: string | null;
  readonly nodeName: string | null;
  readonly ready: boolean;
  /** Since when it is not Ready, in whole seconds as Kubernetes writes them. */
  readonly unreadySinceMs: number | null;
  readonly terminates: boolean;
}

export interface WorkloadRow {
  readonly uid: string;
  readonly namespace: string;
  readonly name: string;
  readonly replicas: number;
}

interface Workload extends KubeObject {
  spec: { replicas?: number };
}

/** A kind that may not be read. */
const FORBIDDEN = Symbol('forbidden');

/**
 * What a maintenance run watches besides the nodes: each collection is listed once, when it is first asked about, and
 * followed from then on, so that a look at the run's health gates asks the API server nothing.
 */
export class FleetWatches {
  private readonly opened = new Map<string, Promise<ListWatch<KubeObject, unknown> | typeof FORBIDDEN>>();

  constructor(
    private readonly connection: ClusterConnection,
    private readonly signal: AbortSignal,
    private readonly onError: (error: unknown) => void,
  ) {}

  /** Pods of a namespace, or those of it that match a selector. */
  pods(namespace: string, labelSelector?: string): Promise<Iterable<ReplacementRow>> {
    const path = `/api/v1/namespaces/${encodeURIComponent(namespace)}/pods`;
    return this.required({ path, project: replacementRow, ...(labelSelector ? { labelSelector } : {}) });
  }

  /** Pods of the cluster that find no node. */
  unplacedPods(): Promise<Iterable<ReplacementRow>> {
    const fieldSelector = 'spec.nodeName=,status.phase=Pending';
    return this.required({ path: KUBE_PATHS.pods, fieldSelector, project: replacementRow });
  }

  /** Null: this kind may not be read, or the cluster doesn't have it. */
  workloads(group: string, resource: string, namespace: string): Promise<Iterable<WorkloadRow> | null> {
    const path = `${group}/namespaces/${encodeURIComponent(namespace)}/${resource}`;
    return this.rows<Workload, WorkloadRow>({ path, project: workloadRow });
  }

  async stop(): Promise<void> {
    const ended = await Promise.allSettled(this.opened.values());
    await Promise.all(
      ended.map((each) => (each.status === 'fulfilled' && each.value !== FORBIDDEN ? each.value.stop() : undefined)),
    );
  }

  private async required<TObject extends KubeObject, TRow>(scope: Scope<TObject, TRow>): Promise<Iterable<TRow>> {
    const rows = await this.rows(scope);
    if (!rows) throw new DomainError('INTERNAL', `the service may not list ${scope.path}, which maintenance runs need`);
    return rows;
  }

  private async rows<TObject extends KubeObject, TRow>(scope: Scope<TObject, TRow>): Promise<Iterable<TRow> | null> {
    const key = `${scope.path}?${scope.labelSelector ?? ''}&${scope.fieldSelector ?? ''}`;
    let opening = this.opened.get(key);
    if (!opening) {
      opening = this.open(scope) as Promise<ListWatch<KubeObject, unknown> | typeof FORBIDDEN>;
      this.opened.set(key, opening);
    }
    const watch = await opening;
    if (watch === FORBIDDEN) return null;
    await watch.confirm(FRESH_MS, PATIENCE_MS);
    const age = watch.silentMs;
    if (age <= FRESH_MS + PATIENCE_MS) return watch.rows.values() as Iterable<TRow>;
    throw kubernetesDomainError(
      watch.lastError ?? new Error(`${scope.path} was last heard of ${Math.round(age)} ms ago`),
    );
  }

  private async open<TObject extends KubeObject, TRow>(
    scope: Scope<TObject, TRow>,
  ): Promise<ListWatch<TObject, TRow> | typeof FORBIDDEN> {
    const refused = Promise.withResolvers<typeof FORBIDDEN>();
    const watch = new ListWatch<TObject, TRow>({
      ...scope,
      connection: this.connection,
      onError: (error) => {
        const denied = error instanceof KubernetesApiError && (error.status === 403 || error.status === 404);
        if (denied && !watch.isSynced) refused.resolve(FORBIDDEN);
        else this.onError(error);
      },
    }).start(this.signal);
    const first = await Promise.race([watch.whenSynced(this.signal), refused.promise]);
    if (first !== FORBIDDEN) return watch;
    await watch.stop();
    return FORBIDDEN;
  }
}

interface Scope<TObject, TRow> {
  readonly path: string;
  readonly labelSelector?: string;
  readonly fieldSelector?: string;
  readonly project: (object: TObject) => TRow;
}

function replacementRow({ metadata, spec, status }: Pod): ReplacementRow {
  const condition = status.conditions?.find(({ type }) => type === 'Ready');
  const ready = condition?.status === 'True';
  const since = condition?.lastTransitionTime ?? metadata.creationTimestamp;
  return {
    uid: metadata.uid,
    owner: metadata.ownerReferences?.find(({ controller }) => controller)?.uid ?? null,
    nodeName: spec.nodeName ?? null,
    ready,
    unreadySinceMs: ready || !since ? null : Date.parse(since),
    terminates: metadata.deletionTimestamp != null,
  };
}

function workloadRow({ metadata, spec }: Workload): WorkloadRow {
  const { uid, namespace = '', name } = metadata;
  return { uid, namespace, name, replicas: spec.replicas ?? 1 };
}
