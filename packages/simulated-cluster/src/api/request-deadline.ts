import { ApiError } from '../store/api-error.js';
import type { RequestInfo } from './request-info.js';

/** What the real server allows by default (`--request-timeout`). */
const LONGEST_MS = 60_000;
const LONG_RUNNING_SUBRESOURCES: ReadonlySet<string> = new Set(['attach', 'exec', 'log', 'portforward', 'proxy']);
const UNITS_MS: Readonly<Record<string, number>> = {
  ns: 1e-6,
  us: 1e-3,
  µs: 1e-3,
  ms: 1,
  s: 1_000,
  m: 60_000,
  h: 3_600_000,
};
const DURATION = /^(?:\d+(?:\.\d+)?(?:ns|us|µs|ms|s|m|h))+$/;
const PART = /(\d+(?:\.\d+)?)(ns|us|µs|ms|s|m|h)/g;

/** How long a request may take by its `timeout`, as the real server's deadline filter reads it; watches and the like have none. */
export function allowedMs({ verb, subresource, query }: RequestInfo): number {
  if (verb === 'watch' || LONG_RUNNING_SUBRESOURCES.has(subresource)) return Number.POSITIVE_INFINITY;
  const text = query.get('timeout');
  if (text === null || text === '' || text === '0') return LONGEST_MS;
  if (!DURATION.test(text)) {
    throw ApiError.badRequest(`invalid timeout specified in the request URL - time: invalid duration "${text}"`);
  }
  let milliseconds = 0;
  for (const [, amount, unit] of text.matchAll(PART)) milliseconds += Number(amount) * (UNITS_MS[unit as string] ?? 0);
  return milliseconds === 0 ? LONGEST_MS : Math.min(milliseconds, LONGEST_MS);
}

export function deadlineExceeded(): ApiError {
  const message = 'Timeout: request did not complete within requested timeout - context deadline exceeded';
  return new ApiError(504, 'Timeout', message);
}
