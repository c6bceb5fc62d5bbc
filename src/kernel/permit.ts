/** Nothing may be changed any more: whoever holds the lease now goes on. */
export class PermitLost extends Error {
  override readonly name = 'PermitLost';

  constructor() {
    super('the lease is not held any more');
  }
}

/** The right to change something outside this service. Every request that changes a cluster or a kubelet needs one. */
export abstract class Permit {
  /**
   * Asked in the very moment in which a request is written, not when it is queued: a process may stand still in between.
   * @returns what to call once the request has been answered; until then it may still arrive
   * @throws PermitLost
   */
  abstract admit(): () => void;
}
