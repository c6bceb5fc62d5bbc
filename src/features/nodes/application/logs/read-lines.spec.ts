import { Readable } from 'node:stream';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { idOf, PositionCounter, positionOf } from './log-line.js';
import { readLines } from './read-lines.js';

async function linesOf(chunks: Buffer[]): Promise<string[]> {
  const lines: string[] = [];
  for await (const batch of readLines(Readable.from(chunks))) lines.push(...batch);
  return lines;
}

describe('reading lines', () => {
  it('gives the same lines however the bytes are cut', async () => {
    const line = fc.string({ unit: fc.constantFrom('a', 'é', '😀', ' ') });
    await fc.assert(
      fc.asyncProperty(fc.array(line, { minLength: 1 }), fc.array(fc.nat(20)), async (lines, sizes) => {
        const bytes = Buffer.from(`${lines.join('\n')}\n`);
        const chunks: Buffer[] = [];
        let from = 0;
        for (const size of [...sizes, bytes.length]) {
          if (from < bytes.length && size > 0) chunks.push(bytes.subarray(from, from + size));
          from += size;
        }
        expect(await linesOf(chunks)).toEqual(lines);
      }),
    );
  });

  it('takes a last line without its end only when the stream ends well', async () => {
    expect(await linesOf([Buffer.from('a\nb')])).toEqual(['a', 'b']);
    const broken = Readable.from(
      (async function* () {
        yield Buffer.from('a\nhal');
        throw new Error('cut');
      })(),
    );
    const lines: string[] = [];
    const reading = (async () => {
      for await (const batch of readLines(broken)) lines.push(...batch);
    })();
    await expect(reading).rejects.toThrow('cut');
    expect(lines).toEqual(['a']);
  });
});

describe('places in a log', () => {
  it('reads back its own ids and nothing else', () => {
    const counter = new PositionCounter();
    const stamp = '2026-11-23T21:38:00.123456Z';
    counter.next(stamp);
    const place = counter.next(stamp);
    expect(place).toEqual({ stamp, count: 2 });
    expect(positionOf(idOf(place))).toEqual(place);
    for (const text of ['', '7', '2026-11-23T21:38:00Z', 'x~1', '../../etc~1'])
      expect(positionOf(text)).toBeUndefined();
  });
});
