import type { NodePlatform } from '../../../kernel/node-platform.js';
import type { Permit } from '../../../kernel/permit.js';
import type { NodeSnapshot } from '../drain/node-snapshot.js';

export interface LiveNode extends NodeSnapshot {
  readonly annotations: Readonly<Record<string, string>>;
  readonly platform: NodePlatform;
  readonly resourceVersion: string;
}

export interface NodePatch {
  /** Left out: stays as it is. */
  readonly unschedulable?: boolean;
  /** Null removes one. */
  readonly annotations?: Readonly<Record<string, string | null>>;
  /** Only the node as it was read then: a CONFLICT once it has changed. */
  readonly resourceVersion?: string;
}

export interface NodeEvent {
  /** The same again for the same event: what is there already is not written twice. */
  readonly key: string;
  readonly at: Date;
  readonly type: 'Normal' | 'Warning';
  readonly reason: string;
  readonly message: string;
}

/** A Lease that shows other tools which operation works on a node. */
export interface NodeLock {
  readonly cluster: string;
  readonly node: string;
  readonly nodeUid: string;
  readonly operationId: string;
}

/** Nodes of all clusters, read and changed live. */
export abstract class NodeGateway {
  /** Null for a node that does not exist: who may not see it must not be told so. @throws as readNode otherwise */
  abstract findNode(cluster: string, node: string, signal?: AbortSignal): Promise<LiveNode | null>;
  /** @throws DomainError NODE_NOT_FOUND, CLUSTER_NOT_FOUND, CLUSTER_UNAVAILABLE, CLUSTER_FORBIDDEN */
  abstract readNode(cluster: string, node: string, signal?: AbortSignal): Promise<LiveNode>;

  /** @throws as readNode, and PermitLost */
  abstract patchNode(
    cluster: string,
    node: string,
    patch: NodePatch,
    permit: Permit,
    signal?: AbortSignal,
  ): Promise<LiveNode>;

  /**
   * Whether the cluster still holds what it held then: it has nodes, and one of them or its first namespace is older. A
   * cluster that lost its state shows no node and no pod either, and neither was drained.
   */
  abstract keptStateSince(cluster: string, time: Date, signal?: AbortSignal): Promise<boolean>;

  /** A Kubernetes Event on the node, for who looks with kubectl describe. */
  abstract showEvent(
    cluster: string,
    node: { name: string; uid: string },
    event: NodeEvent,
    permit: Permit,
  ): Promise<void>;

  /**
   * Creates or renews the lease; one that another tool holds is left alone and named in the error. Where the service's
   * namespace can't be used there is none, which is no error.
   */
  abstract showLock(lock: NodeLock, durationSeconds: number, permit: Permit): Promise<void>;

  /** Deletes the lease if it is that operation's. */
  abstract hideLock(lock: NodeLock, permit: Permit): Promise<void>;
}
