import { isJournalNote, isJournalRefusal, isRefusal, saysNothing } from './kubelet-words.js';
import { lineHead } from './line-head.js';
import { linesOf } from './read-lines.js';

const NEWLINE = 0x0a;
/** The kubelet begins its own words with an empty line; journalctl's notes begin with dashes. */
const LOOK_AT = [Buffer.from('\n\n'), Buffer.from('\n-- ')];

/**
 * A journal as text. What the kubelet or journalctl says itself goes to `words`; of an answer without any entry, all of it.
 * Most lines are passed on without a look at each.
 */
export async function* journalText(lines: AsyncIterable<Buffer>, words: string[]): AsyncGenerator<Buffer> {
  const look = new JournalLook(words);
  for await (const chunk of lines) {
    const shown = look.needed(chunk) ? look.at(chunk) : chunk;
    if (shown.length > 0) yield shown;
  }
  const rest = look.end();
  if (rest.length > 0) yield rest;
}

class JournalLook {
  private begun = false;
  /** Empty lines wait for what comes next: they may be the beginning of the kubelet's words. */
  private empty = 0;
  private before: string[] = [];

  constructor(private readonly words: string[]) {}

  needed(chunk: Buffer): boolean {
    return !this.begun || this.empty > 0 || worthALook(chunk);
  }

  /** What of a chunk is to be shown. */
  at(chunk: Buffer): Buffer {
    const kept = linesOf(chunk).flatMap((line) => this.shown(line));
    return Buffer.from(kept.map((line) => `${line}\n`).join(''));
  }

  end(): Buffer {
    this.words.push(...this.before.filter((line) => !isJournalNote(line)));
    return Buffer.from('\n'.repeat(this.empty));
  }

  private shown(line: string): string[] {
    if (isRefusal(line) || (!this.begun && isJournalRefusal(line))) {
      this.words.push(line);
      this.empty = 0;
      return [];
    }
    if (saysNothing(line)) return [];
    if (!this.begun) return this.first(line);
    if (line === '') {
      this.empty += 1;
      return [];
    }
    const waited = Array<string>(this.empty).fill('');
    this.empty = 0;
    return [...waited, line];
  }

  private first(line: string): string[] {
    this.begun = lineHead(line) !== undefined;
    if (!this.begun) {
      if (line !== '') this.before.push(line);
      return [];
    }
    const { before } = this;
    this.before = [];
    return [...before, line];
  }
}

function worthALook(chunk: Buffer): boolean {
  const [first, second] = chunk;
  return (
    first === NEWLINE ||
    (first === 0x2d && second === 0x2d) ||
    isRefusal(chunk.toString('utf8', 0, Math.max(0, Math.min(200, chunk.indexOf(NEWLINE))))) ||
    LOOK_AT.some((bytes) => chunk.includes(bytes))
  );
}
