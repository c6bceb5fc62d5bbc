import { setTimeout as sleep } from 'node:timers/promises';
import type { LogLine } from './log-line.js';
import type { ShownLog } from './log-record.service.js';

const WAIT_MS = 2000;

/** Starts reading and waits for the first lines or the first failure, but not long: a quiet log is no failure. */
export async function openLog(log: ShownLog, signal: AbortSignal): Promise<AsyncIterable<LogLine[]>> {
  const lines = log.lines(signal);
  const first = lines.next();
  first.catch(() => undefined);
  await Promise.race([first, sleep(WAIT_MS, undefined, { ref: false })]);
  return (async function* () {
    try {
      const begun = await first;
      if (begun.done) return;
      yield begun.value;
      yield* lines;
    } finally {
      await lines.return(undefined);
    }
  })();
}
