import { EARLIEST, type Stamped } from './log-entries.js';
import { stampOf } from './node-log-request.js';
import { MAX_TAIL } from './node-log-source.service.js';

/** Lines that are held beyond those that are wanted, before the older ones are let go. */
const SPARE_LINES = 1000;

/** Ends without a word at a failure that is no matter. */
export async function* untilFailure<T>(
  source: AsyncGenerator<T>,
  noMatter: (error: unknown) => boolean,
): AsyncGenerator<T> {
  try {
    yield* source;
  } catch (error) {
    if (!noMatter(error)) throw error;
  }
}

export const isBefore = (stamp: string, until: Date | undefined): boolean =>
  until === undefined || Date.parse(stamp) <= until.getTime();

/** The kubelet's times are coarse and its zone is not ours: what counts is what the lines show. */
export async function* between(
  batches: AsyncIterable<Stamped[]>,
  since: Date | undefined,
  until: Date | undefined,
): AsyncGenerator<Stamped[]> {
  const from = since && stampOf(since);
  for await (const batch of batches) {
    const lines = batch.filter(
      ({ stamp }) => stamp === EARLIEST || ((from === undefined || stamp >= from) && isBefore(stamp, until)),
    );
    if (lines.length > 0) yield lines;
  }
}

/** All where no number is given. */
export async function* lastOf(batches: AsyncIterable<Stamped[]>, tail: number | undefined): AsyncGenerator<Stamped[]> {
  if (tail === undefined) {
    yield* batches;
    return;
  }
  const wanted = Math.min(tail, MAX_TAIL);
  let kept: Stamped[] = [];
  for await (const batch of batches) {
    kept.push(...batch);
    if (kept.length > 2 * wanted + SPARE_LINES) kept = kept.slice(-wanted);
  }
  if (wanted > 0 && kept.length > 0) yield kept.slice(-wanted);
}
