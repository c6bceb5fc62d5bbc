import type { Readable } from 'node:stream';

const NEWLINE = 0x0a;
/** The container runtime cuts lines far below; whatever is longer is passed on in pieces. */
const MAX_LINE_BYTES = 1024 * 1024;

/**
 * Whole lines, each with its end, as many at a time as a chunk brings. A last line without its end counts only when the
 * stream ends well: after a broken connection it would be a half one.
 */
export async function* readWholeLines(stream: Readable): AsyncGenerator<Buffer> {
  // Destroyed before its end it reports an error of its own, after the loop has gone.
  stream.on('error', () => undefined);
  let rest: Buffer[] = [];
  let restBytes = 0;
  for await (const chunk of stream as AsyncIterable<Buffer>) {
    const end = chunk.lastIndexOf(NEWLINE);
    if (end < 0 && restBytes + chunk.length < MAX_LINE_BYTES) {
      rest.push(chunk);
      restBytes += chunk.length;
      continue;
    }
    const upTo = end < 0 ? chunk.length : end + 1;
    yield restBytes === 0 ? chunk.subarray(0, upTo) : Buffer.concat([...rest, chunk.subarray(0, upTo)]);
    rest = end < 0 ? [] : [chunk.subarray(end + 1)];
    restBytes = rest[0]?.length ?? 0;
  }
  if (restBytes > 0) yield Buffer.concat(rest);
}

/** The same as texts, without their ends. */
export async function* readLines(stream: Readable): AsyncGenerator<string[]> {
  for await (const lines of readWholeLines(stream)) yield linesOf(lines);
}

/** The texts of whole lines. */
export function linesOf(bytes: Buffer): string[] {
  const upTo = bytes.at(-1) === NEWLINE ? bytes.length - 1 : bytes.length;
  return bytes.toString('utf8', 0, upTo).split('\n');
}

/** Whole lines of a text, each with its end, even the last. */
export async function* endedLines(lines: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  let last: number | undefined;
  for await (const chunk of lines) {
    last = chunk.at(-1);
    yield chunk;
  }
  if (last !== undefined && last !== NEWLINE) yield Buffer.from('\n');
}
