import type { Caller } from '../../kernel/actor.js';

// Keyed by the caller object of one request: use cases stay free of transports, and the answer still gets its header.
const replayed = new WeakSet<Caller>();

/** Notes that the answer to this request is that of an earlier one with the same idempotency key. */
export function markReplayed(caller: Caller): void {
  replayed.add(caller);
}

/** Whether the answer gets `Idempotency-Replayed: true`. */
export function isReplayed(caller: Caller | undefined): boolean {
  return caller !== undefined && replayed.has(caller);
}
