import { once } from 'node:events';
import type { Writable } from 'node:stream';

/** Writes chunks as fast as the reader takes them; a reader that stops makes this wait, one that leaves makes it end. */
export async function writeLines(
  output: Writable,
  chunks: AsyncIterable<string> | Iterable<string>,
  signal: AbortSignal,
): Promise<void> {
  for await (const chunk of chunks) {
    if (signal.aborted || output.destroyed) return;
    if (chunk && !output.write(chunk)) await once(output, 'drain', { signal }).catch(() => undefined);
  }
}
