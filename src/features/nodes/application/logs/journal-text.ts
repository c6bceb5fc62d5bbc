import { isJournalNote, journalRefusal, journalStamp } from './journal-line.js';
import { linesOf } from './read-lines.js';

/** How notes begin, after the end of a line. */
const NOTE = Buffer.from('\n-- ');

/**
 * A journal as text, without the notes of journalctl and what the kubelet writes before the first entry. After that, lines
 * are passed on without a look at each.
 * @throws what `refused` makes of an answer that tells of a failure instead
 */
export async function* journalText(
  lines: AsyncIterable<Buffer>,
  now: Date,
  refused: (why: string) => Error,
): AsyncGenerator<Buffer> {
  let begun = false;
  for await (const chunk of lines) {
    if (begun && !chunk.includes(NOTE) && !NOTE.subarray(1).equals(chunk.subarray(0, NOTE.length - 1))) {
      yield chunk;
      continue;
    }
    const kept: string[] = [];
    for (const line of linesOf(chunk)) {
      begun ||= journalStamp(line, now) !== undefined;
      if (isJournalNote(line)) continue;
      const why = begun ? undefined : journalRefusal(line);
      if (why !== undefined) throw refused(why);
      if (begun) kept.push(line);
    }
    if (kept.length > 0) yield Buffer.from(`${kept.join('\n')}\n`);
  }
}
