import type { Elsewhere } from './fit-simulation.js';
import type { NodeSnapshot } from './node-snapshot.js';
import type { PdbSnapshot } from './pdb-snapshot.js';
import type { PodSnapshot } from './pod-snapshot.js';

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
