import type { Readable } from 'node:stream';

const NEWLINE = 0x0a;
/** No Kubernetes object comes near: etcd refuses objects over about 1.5 MB. */
const MAX_LINE_BYTES = 16 * 1024 * 1024;

/** Calls `onLine` with each parsed line as soon as its last byte is here. Resolves when the stream ends. */
export async function readJsonLines<T>(
  stream: Readable,
  onLine: (value: T) => void,
  onData: () => void,
): Promise<void> {
  let rest: Buffer[] = [];
  let restBytes = 0;
  for await (const chunk of stream as AsyncIterable<Buffer>) {
    onData();
    let start = 0;
    for (let end = chunk.indexOf(NEWLINE); end >= 0; end = chunk.indexOf(NEWLINE, start)) {
      const piece = chunk.subarray(start, end);
      const line = restBytes === 0 ? piece : Buffer.concat([...rest, piece]);
      rest = [];
      restBytes = 0;
      start = end + 1;
      if (line.length > 0) onLine(JSON.parse(line.toString('utf8')) as T);
    }
    if (start < chunk.length) {
      rest.push(chunk.subarray(start));
      restBytes += chunk.length - start;
      if (restBytes > MAX_LINE_BYTES) throw new SyntaxError('a line of the stream is too long');
    }
  }
}
