import type { Permit } from '../../../kernel/permit.js';
import type { EvictionVerdict } from './eviction-response.js';
import type { PdbSnapshot } from './pdb-snapshot.js';
import type { PodSnapshot } from './pod-snapshot.js';

/** Pods of one node, kept in step by a watch. */
export interface PodView {
  /** By uid. */
  readonly pods: ReadonlyMap<string, PodSnapshot>;
  /** How long ago the cluster was last heard of; where that is longer than `silenceMs`, it is asked first. */
  ageMs(silenceMs: number): Promise<number>;
  stop(): Promise<void>;
}

/** Budgets of one cluster, kept in step by a watch that all drains of the process share. */
export interface BudgetView {
  readonly budgets: ReadonlyMap<string, PdbSnapshot>;
  /** Called with the uid after each change, until the returned function is called. */
  onChange(listener: (uid: string) => void): () => void;
  release(): void;
}

export interface PodRemoval {
  readonly namespace: string;
  readonly name: string;
  readonly uid: string;
  readonly method: 'EVICT' | 'DELETE';
  /** Absent: the pod's own. */
  readonly gracePeriodSeconds?: number;
  /** An earlier request had no clear answer: whether it took effect is looked up first, so that no pod is evicted twice. */
  readonly lookFirst: boolean;
}

/** What a drain needs of a cluster beside its node. */
export abstract class DrainGateway {
  /**
   * Pods on the node as the API server has them now, watched from there on.
   * @param onChange called with the uid of each pod that came, changed or went; deleted ones are out of `pods` by then
   */
  abstract watchPods(
    cluster: string,
    node: string,
    onChange: (uid: string) => void,
    signal: AbortSignal,
  ): Promise<PodView>;

  abstract watchBudgets(cluster: string, signal: AbortSignal): Promise<BudgetView>;

  /** Every pod of a namespace, on whichever node: to say what a budget waits for. */
  abstract podsIn(cluster: string, namespace: string, signal: AbortSignal): Promise<PodSnapshot[]>;

  /** Sends one request. Every answer is a verdict, and so is none. @throws only PermitLost and the signal's reason */
  abstract remove(cluster: string, removal: PodRemoval, permit: Permit, signal: AbortSignal): Promise<EvictionVerdict>;

  /** `namespace/name` of the cluster's DaemonSets; null when they may not be read. */
  abstract daemonSets(cluster: string, signal: AbortSignal): Promise<ReadonlySet<string> | null>;

  abstract supportsEviction(cluster: string, signal: AbortSignal): Promise<boolean>;

  /** Names of the persistent volumes behind claims (`namespace/claim`); unbound claims are left out. */
  abstract volumesOf(cluster: string, claims: readonly string[], signal: AbortSignal): Promise<string[]>;

  /** Which of these volumes are still attached to the node: their VolumeAttachment objects exist. */
  abstract attachedVolumes(
    cluster: string,
    node: string,
    volumes: readonly string[],
    signal: AbortSignal,
  ): Promise<string[]>;
}
