import { monotonicNow } from '../../kernel/monotonic.js';
import { Permit, PermitLost } from '../../kernel/permit.js';
import { SAFE_MS } from './lease-terms.js';

/**
 * For what a caller waits for and was recorded this moment, or is bound to the version that was read. It needs no lease,
 * since nobody else would go on with it, but a process that stood still in between must not do it later.
 */
export class MomentaryPermit extends Permit {
  private readonly until = monotonicNow() + SAFE_MS;

  override admit(): () => void {
    if (monotonicNow() >= this.until) throw new PermitLost();
    return () => undefined;
  }
}
