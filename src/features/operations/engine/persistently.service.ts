import { setTimeout as sleep } from 'node:timers/promises';
import { DomainError } from '../../../kernel/domain-error.js';
import { monotonicNow } from '../../../kernel/monotonic.js';
import { isOutOfReach } from '../../../platform/kubernetes/cluster-unavailable.js';

const PATIENCE_MS = 120_000;
const FIRST_PAUSE_MS = 100;
const LONGEST_PAUSE_MS = 5_000;

/**
 * Repeats a read or an idempotent write while the cluster doesn't answer, throttles or fails, for two minutes at most.
 * @param onOutOfReach called each time that nobody answers. With it a cluster that is out of reach is waited for until the
 *   signal: what is half done has its own deadline, and the cluster's absence says nothing about the work.
 */
export async function persistently<T>(
  signal: AbortSignal,
  call: () => Promise<T>,
  onOutOfReach?: (error: DomainError) => void,
): Promise<T> {
  let until = monotonicNow() + PATIENCE_MS;
  for (let pause = FIRST_PAUSE_MS; ; pause = Math.min(LONGEST_PAUSE_MS, pause * 2)) {
    try {
      return await call();
    } catch (error) {
      if (signal.aborted) throw signal.reason;
      if (onOutOfReach && isOutOfReach(error)) {
        onOutOfReach(error);
        until = monotonicNow() + PATIENCE_MS;
      }
      if (!(error instanceof DomainError) || error.code !== 'CLUSTER_UNAVAILABLE' || monotonicNow() > until)
        throw error;
      const asked = (error.details.retryAfterSeconds ?? 0) * 1000;
      await sleep(Math.max(asked, pause / 2 + (Math.random() * pause) / 2), undefined, { signal }).catch(() => {
        throw signal.reason;
      });
    }
  }
}
