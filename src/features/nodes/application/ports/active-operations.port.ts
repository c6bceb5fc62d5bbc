/** The operation that holds a node at present. */
export interface ActiveOperation {
  readonly id: string;
  readonly type: string;
  readonly state: string;
}

/**
 * Which nodes are being operated on. Declared here, since nodes show it; provided by the feature that runs operations,
 * which knows nodes and is not known by them.
 */
export abstract class ActiveOperations {
  /** The active operation of each node that has one, by node uid; one look-up for the whole page. */
  abstract onNodes(cluster: string, nodeUids: readonly string[]): Promise<ReadonlyMap<string, ActiveOperation>>;
}
