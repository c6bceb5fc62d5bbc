/**
 * How long a lease is good for. Each time is counted from the sending of the last heartbeat that the database confirmed,
 * so that neither a slow answer nor another clock makes it longer. See docs/adr/0014.
 */
export const HEARTBEAT_MS = 750;
/** An answer that takes longer is worth nothing: the next heartbeat is sent instead. */
export const HEARTBEAT_TIMEOUT_MS = 1_500;
/** The holder begins no request later than this. */
export const SAFE_MS = 3_000;
/** Others may take over and go on: what both send is harmless twice. */
export const STALE_AFTER_MS = 3_500;
/** A request that changes something is given up after this, and its connection is cut. */
export const CHANGE_TIMEOUT_MS = 4_000;
/** The server is asked to give it up by then. */
export const SERVER_TIMEOUT_SECONDS = 3;
/** No request of the holder can arrive any more: others may end what it began. */
export const QUIET_AFTER_MS = SAFE_MS + CHANGE_TIMEOUT_MS + 1_000;
