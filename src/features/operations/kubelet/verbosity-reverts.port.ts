/** A kubelet's log level that is to be set back; outlives the operation that set it. */
export interface VerbosityRevert {
  readonly operationId: string;
  readonly cluster: string;
  readonly nodeName: string;
  readonly nodeUid: string;
  readonly to: number;
  readonly dueAt: Date;
  readonly state: 'PENDING' | 'DONE' | 'SKIPPED';
  /** When the kubelet's process began that got the level; null where it could not be found out. */
  readonly kubeletStartedAt: Date | null;
  readonly intentId: string | null;
  /** Raised by each change, so that each attempt has a job of its own. */
  readonly generation: number;
  /** Until then one worker alone works on it, and what it sent may still arrive. */
  readonly claimedUntil: Date | null;
}

/** Methods join the caller's transaction. Lock the operation first. */
export abstract class VerbosityReverts {
  abstract insert(revert: VerbosityRevert): Promise<void>;
  abstract find(operationId: string): Promise<VerbosityRevert | null>;
  abstract lock(operationId: string): Promise<VerbosityRevert | null>;
  abstract save(revert: VerbosityRevert): Promise<void>;
  /** Prolongs the claim; null when it is another's by now, or settled. */
  abstract renew(operationId: string, generation: number, forMs: number): Promise<'PENDING' | null>;
  /** Oldest first. */
  abstract pendingOn(cluster: string, nodeUid: string): Promise<VerbosityRevert[]>;
  /** Those that should be under way by now and that no worker has claimed. */
  abstract overdue(): Promise<{ operationId: string; generation: number }[]>;
}
