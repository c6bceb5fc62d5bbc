import type { Readable } from 'node:stream';

const NEWLINE = 0x0a;
/** The container runtime cuts lines far below; whatever is longer is passed on in pieces. */
const MAX_LINE_BYTES = 1024 * 1024;

/**
 * Lines in batches, one for each chunk that arrives. A last line without its end counts only when the stream ends well:
 * after a broken connection it would be a half one.
 */
export async function* readLines(stream: Readable): AsyncGenerator<string[]> {
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
    const upTo = end < 0 ? chunk.length : end;
    const whole = Buffer.concat([...rest, chunk.subarray(0, upTo)]);
    rest = end < 0 ? [] : [chunk.subarray(end + 1)];
    restBytes = rest[0]?.length ?? 0;
    yield whole.toString('utf8').split('\n');
  }
  if (restBytes > 0) yield [Buffer.concat(rest).toString('utf8')];
}
