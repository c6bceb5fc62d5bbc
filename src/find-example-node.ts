import type { ClusterConnections } from './platform/kubernetes/cluster-connections.js';
import type { Node } from './platform/kubernetes/kube-objects.js';

const CONTROL_PLANE = /^node-role\.kubernetes\.io\/(control-plane|master)$/;
/** A start waits no longer for clusters that may be away. */
const PATIENCE_MS = 3_000;

export interface ExampleNode {
  cluster: string;
  /** Null: the cluster has no node, or could not be asked in time. */
  node: string | null;
}

/** A node of a real cluster for the banner's commands, of the first cluster that has one: a worker that is Ready, if there is any. */
export async function findExampleNode(connections: Pick<ClusterConnections, 'names' | 'api'>): Promise<ExampleNode> {
  const clusters = connections.names();
  const signal = AbortSignal.timeout(PATIENCE_MS);
  const found = await Promise.all(
    clusters.map(async (cluster) => {
      const list = await connections
        .api(cluster)
        .listNodes({ signal, timeoutMs: PATIENCE_MS })
        // A cluster that is away, or forbids it, is no reason against a start; its nodes stay unnamed, and reads say why.
        .catch(() => null);
      const node = list?.items.sort(
        (a, b) => drawback(a) - drawback(b) || (a.metadata.name < b.metadata.name ? -1 : 1),
      )[0];
      return { cluster, node: node?.metadata.name ?? null };
    }),
  );
  return found.find(({ node }) => node !== null) ?? { cluster: clusters[0] ?? '', node: null };
}

function drawback({ metadata, spec, status }: Node): number {
  const controlPlane = Object.keys(metadata.labels ?? {}).some((label) => CONTROL_PLANE.test(label));
  const ready = status.conditions?.some(({ type, status: is }) => type === 'Ready' && is === 'True') ?? false;
  return (controlPlane ? 4 : 0) + (ready ? 0 : 2) + (spec.unschedulable ? 1 : 0);
}
