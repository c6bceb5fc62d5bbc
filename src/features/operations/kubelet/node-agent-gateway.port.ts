import type { Permit } from '../../../kernel/permit.js';

/** One run of the node agent: a Job pinned to a node, named after its operation. */
export interface AgentOrder {
  readonly cluster: string;
  readonly operationId: string;
  readonly node: string;
  /** Script for the host's shell; the operation's id is its first argument. */
  readonly script: string;
  /** The Job is given up for failed after this time, so that it never begins later. */
  readonly deadlineSeconds: number;
}

export interface AgentRun {
  readonly namespace: string;
  readonly name: string;
  readonly uid: string;
  /** WAITING: its container does not run yet. */
  readonly phase: 'WAITING' | 'RUNNING' | 'SUCCEEDED' | 'FAILED';
  /** False where only the pod of a removed Job is left. */
  readonly hasJob: boolean;
  /** Whether it has a pod: one is bound to its node from the first, so that it may have begun before that is reported. */
  readonly hasPod: boolean;
  /** Why it waits or failed. */
  readonly message: string | null;
  /** By the node's clock; null until it has ended, and when its pod is gone. */
  readonly finishedAt: Date | null;
}

/** How long an ended Job can be looked at; an older one may have been removed by the cluster. */
export const AGENT_KEPT_SECONDS = 3600;

/** The node agent's Jobs. @throws DomainError CLUSTER_UNAVAILABLE, CLUSTER_FORBIDDEN … */
export abstract class NodeAgentGateway {
  /** Where the Job of an operation is to be found. */
  abstract nameOf(operationId: string): { readonly namespace: string; readonly name: string };

  /** Creates the Job, or gives back the one that is there: there is at most one of a name. */
  abstract launch(order: AgentOrder, permit: Permit, signal?: AbortSignal): Promise<AgentRun>;

  /** Null when there is none, nor a pod that it has left. */
  abstract find(cluster: string, operationId: string, signal?: AbortSignal): Promise<AgentRun | null>;

  /** What its container wrote, if it can be read. */
  abstract output(cluster: string, operationId: string, signal?: AbortSignal): Promise<string | null>;

  /** Removes the Job with its pod, so that it can't begin any more. */
  abstract remove(cluster: string, operationId: string, permit: Permit, signal?: AbortSignal): Promise<void>;
}
