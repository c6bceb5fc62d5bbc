import type { Fault } from '../../packages/simulated-cluster/src/faults/fault-injector.js';

const EVICTION = { verb: 'create', resource: 'pods', subresource: 'eviction' };
const WATCH = { verb: 'watch' };

/** An API server on a bad day. The first that strikes a request counts, so what is for one kind of request comes first. */
export const BAD_DAY: readonly Fault[] = [
  { id: 'watch cut', match: WATCH, effect: { dropWatchAfterMs: 150 }, probability: 0.3 },
  { id: 'watch cut soon', match: WATCH, effect: { dropWatchAfterMs: 10 }, probability: 0.1 },
  { id: 'watch expired', match: WATCH, effect: { expireWatchAfterMs: 100 }, probability: 0.3 },
  { id: 'eviction unanswered', match: EVICTION, effect: { dropAfter: true }, probability: 0.2 },
  { id: 'eviction answered late', match: EVICTION, effect: { delayMs: 200, dropAfter: true }, probability: 0.1 },
  { id: '429', effect: { status: 429, retryAfterSeconds: 1 }, probability: 0.03 },
  { id: '500', effect: { status: 500 }, probability: 0.08 },
  { id: '503', effect: { status: 503 }, probability: 0.04 },
  { id: '410', match: { verb: 'list' }, effect: { status: 410, reason: 'Expired' }, probability: 0.05 },
  { id: 'slow', effect: { delayMs: 250 }, probability: 0.1 },
  { id: 'cut before', effect: { dropConnection: true }, probability: 0.08 },
  { id: 'cut after', effect: { dropAfter: true }, probability: 0.05 },
];
