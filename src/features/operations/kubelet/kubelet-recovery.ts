/** What was seen of a kubelet at one moment. */
export interface RecoverySample {
  readonly ready: boolean;
  /** When the condition Ready last changed: tells a flap between two samples. */
  readonly readyChangedAt: Date | null;
  readonly leaseRenewedAt: Date | null;
  /** All checks of healthz pass. */
  readonly healthy: boolean;
}

export interface RecoveryState {
  /** Since when nothing has been missing; null while something is. */
  readonly steadySince: Date | null;
  readonly readyChangedAt: Date | null;
  /** How often something was missing again after nothing had been. */
  readonly setbacks: number;
}

export type RecoveryMissing = 'LEASE' | 'HEALTHZ' | 'READY' | 'STABLE';

export const RECOVERY_BEGINS: RecoveryState = { steadySince: null, readyChangedAt: null, setbacks: 0 };

/** The end of a Job's container is told in whole seconds, rounded down; leases have microseconds. */
const END_PRECISION_MS = 1_000;

/**
 * Judges one more sample: back is a kubelet that has renewed its lease after the restart ended (both by the node's clock),
 * passes its health checks and has been Ready without a change for the window. A node stays Ready in the API server for
 * a while after its kubelet died, so the window begins no earlier than the lease says that the new process lives.
 */
export function judgeRecovery(
  state: RecoveryState,
  sample: RecoverySample,
  {
    restartedAt,
    stableSeconds,
    now,
  }: { readonly restartedAt: Date; readonly stableSeconds: number; readonly now: Date },
): { readonly state: RecoveryState; readonly missing: readonly RecoveryMissing[] } {
  const missing: RecoveryMissing[] = [];
  const endedBy = restartedAt.getTime() + END_PRECISION_MS;
  if (!sample.leaseRenewedAt || sample.leaseRenewedAt.getTime() <= endedBy) missing.push('LEASE');
  if (!sample.healthy) missing.push('HEALTHZ');
  if (!sample.ready) missing.push('READY');
  const { readyChangedAt } = sample;
  const changed = state.steadySince !== null && readyChangedAt?.getTime() !== state.readyChangedAt?.getTime();
  const setbacks = state.setbacks + (state.steadySince !== null && (changed || missing.length > 0) ? 1 : 0);
  if (missing.length > 0) return { state: { steadySince: null, readyChangedAt, setbacks }, missing };
  const steadySince = changed || state.steadySince === null ? now : state.steadySince;
  const steady = now.getTime() - steadySince.getTime() >= stableSeconds * 1000;
  return { state: { steadySince, readyChangedAt, setbacks }, missing: steady ? [] : ['STABLE'] };
}
