import { Permit } from '../../src/kernel/permit.js';

/** For tests of what is sent, not of who may send it. */
export class AlwaysPermit extends Permit {
  override admit(): () => void {
    return () => undefined;
  }
}
