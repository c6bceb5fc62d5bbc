import type { DrainOptions } from './drain-options.js';
import type { PodSnapshot } from './pod-snapshot.js';

export interface Timing {
  readonly seconds: number;
  readonly basis: 'OBSERVED' | 'ASSUMED';
}

const ASSUMED_STARTUP_SECONDS = 15;
const ASSUMED_TERMINATION_SECONDS = 5;
/** A Ready condition that changed later than this after the start tells of a flap, not of a start. */
const LONGEST_STARTUP_SECONDS = 1800;

/** How long a replacement takes to become Ready: as long as this pod took, if that can be told. */
export function startupSeconds(pod: Pick<PodSnapshot, 'ready' | 'readyChangedAt' | 'createdAt'>): Timing {
  if (pod.ready && pod.readyChangedAt) {
    const seconds = (pod.readyChangedAt.getTime() - pod.createdAt.getTime()) / 1000;
    if (seconds >= 0 && seconds <= LONGEST_STARTUP_SECONDS) return { seconds, basis: 'OBSERVED' };
  }
  return { seconds: ASSUMED_STARTUP_SECONDS, basis: 'ASSUMED' };
}

/** The longest that the kubelet waits before it kills. */
export function graceSeconds(
  pod: Pick<PodSnapshot, 'terminationGracePeriodSeconds'>,
  options: Pick<DrainOptions, 'gracePeriodSeconds'>,
): number {
  return options.gracePeriodSeconds >= 0 ? options.gracePeriodSeconds : pod.terminationGracePeriodSeconds;
}

/** How long a pod likely takes to end: no record is kept of that, and most end long before their grace period. */
export function terminationSeconds(
  pod: Pick<PodSnapshot, 'terminationGracePeriodSeconds'>,
  options: Pick<DrainOptions, 'gracePeriodSeconds'>,
): number {
  return Math.min(graceSeconds(pod, options), ASSUMED_TERMINATION_SECONDS);
}

/** When a terminating pod is not waited for any longer, by kubectl's rule (whole seconds, more than the limit); Infinity without a limit. */
export function overdueAt(
  deletionTimestamp: Date | null,
  { skipWaitForDeleteTimeoutSeconds: limit }: Pick<DrainOptions, 'skipWaitForDeleteTimeoutSeconds'>,
): number {
  if (limit <= 0 || !deletionTimestamp) return Infinity;
  return deletionTimestamp.getTime() + (limit + 1) * 1000;
}
