import type { NodeSnapshot } from '../../domain/cluster-view/node-snapshot.js';
import type { PdbSnapshot } from '../../domain/cluster-view/pdb-snapshot.js';
import type { PodSnapshot } from '../../domain/cluster-view/pod-snapshot.js';
import type { Elsewhere } from '../../domain/drain/fit-simulation.js';

export interface PlanFacts {
  readonly targets: readonly { readonly node: NodeSnapshot; readonly pods: readonly PodSnapshot[] }[];
  readonly pdbs: readonly PdbSnapshot[];
  /** Empty without the fit, which alone reads namespaces. */
  readonly terminatingNamespaces: ReadonlySet<string>;
  readonly daemonSets: ReadonlySet<string> | null;
  readonly evictionSupported: boolean;
  /** Null when the cluster is too large to look at every pod for one plan. */
  readonly elsewhere: Elsewhere | null;
}

/** Live facts for a drain plan; nothing is changed and nothing is watched. */
export abstract class PlanGateway {
  /** @param withFit also reads the other nodes and what runs there */
  abstract facts(cluster: string, nodes: readonly NodeSnapshot[], withFit: boolean): Promise<PlanFacts>;
}
