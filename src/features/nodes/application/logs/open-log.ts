import { setTimeout as sleep } from 'node:timers/promises';

const WAIT_MS = 2000;

/** Starts reading and waits for the first batch or the first failure, but not long: a quiet log is no failure. */
export async function openLog<T>(batches: AsyncGenerator<T>): Promise<AsyncIterable<T>> {
  const first = batches.next();
  first.catch(() => undefined);
  await Promise.race([first, sleep(WAIT_MS, undefined, { ref: false })]);
  return (async function* () {
    try {
      const begun = await first;
      if (begun.done) return;
      yield begun.value;
      yield* batches;
    } finally {
      await batches.return(undefined);
    }
  })();
}
