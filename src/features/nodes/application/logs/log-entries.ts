import { isJournalNote, isJournalRefusal, isRefusal, saysNothing } from './kubelet-words.js';
import { lineHead } from './line-head.js';
import type { StampReader } from './stamp-reader.js';

/** A line with the time that its log gives it. */
export interface Stamped {
  readonly text: string;
  /** With microseconds, so that texts compare; of a line without a time the one before, or EARLIEST. */
  readonly stamp: string;
}

/** An entry: its first line has a time, further lines and the notes before it do not. */
export interface LogEntry {
  /** Undefined where no line has a time. */
  readonly head: string | undefined;
  readonly lines: readonly string[];
}

/** Stands for a time that nobody knows. */
export const EARLIEST = '1970-01-01T00:00:00.000000Z';
/** An entry with more lines is passed on in pieces. */
const MAX_ENTRY_LINES = 500;

/**
 * Takes the lines of an answer apart into entries. What the kubelet or journalctl says itself goes to `words` and is no
 * entry. Of a file every line counts, of a journal only what has a time: the rest is words, too.
 */
export async function* logEntries(
  batches: AsyncIterable<readonly string[]>,
  how: { file: boolean; words: string[] },
): AsyncGenerator<LogEntry[]> {
  const collector = new EntryCollector(how);
  for await (const batch of batches) {
    for (const line of batch) collector.take(line);
    const entries = collector.passed();
    if (entries.length > 0) yield entries;
  }
  const rest = collector.end();
  if (rest.length > 0) yield rest;
}

class EntryCollector {
  private head: string | undefined;
  private lines: string[] = [];
  /** Notes, which belong to the entry after them. */
  private before: string[] = [];
  private entries: LogEntry[] = [];
  private begun: boolean;

  constructor(private readonly how: { file: boolean; words: string[] }) {
    this.begun = how.file;
  }

  take(line: string): void {
    const { file, words } = this.how;
    if (lineHead(line)) this.begin(line);
    else if (isRefusal(line)) {
      // The kubelet begins its own words with an empty line.
      if (this.lines.at(-1) === '') this.lines.pop();
      words.push(line);
    } else if (saysNothing(line)) return;
    else if (isJournalNote(line) && !file) this.before.push(line);
    else if (this.begun) this.further(line);
    else if (isJournalRefusal(line)) words.push(line);
    else if (line !== '' && this.before.length < MAX_ENTRY_LINES) this.before.push(line);
  }

  /** Entries that are whole. */
  passed(): LogEntry[] {
    const { entries } = this;
    this.entries = [];
    return entries;
  }

  end(): LogEntry[] {
    if (this.begun) {
      this.lines.push(...this.before);
      this.pass();
    } else this.how.words.push(...this.before.filter((line) => !isJournalNote(line)));
    return this.passed();
  }

  private begin(line: string): void {
    this.pass();
    this.begun = true;
    this.head = line;
    this.lines = [...this.before, line];
    this.before = [];
  }

  private further(line: string): void {
    this.lines.push(line);
    if (this.lines.length >= MAX_ENTRY_LINES) this.pass();
  }

  private pass(): void {
    if (this.lines.length > 0) this.entries.push({ head: this.head, lines: this.lines });
    this.lines = [];
  }
}

/** The lines of entries, in order, each with its time. */
export function stampedLines(entries: readonly LogEntry[], reader: StampReader, last?: string): Stamped[] {
  let stamp = last ?? EARLIEST;
  let head: string | undefined;
  return entries.flatMap((entry) => {
    // The pieces of a long entry have its first line's time.
    if (entry.head !== undefined && entry.head !== head) stamp = reader.next(entry.head) ?? stamp;
    head = entry.head;
    const own = stamp;
    return entry.lines.map((text) => ({ text, stamp: own }));
  });
}

/** The same of a whole answer, whose newest entry is the surest to date. Newest first is turned around. */
export function datedFromNewest(entries: readonly LogEntry[], reader: StampReader, newestFirst: boolean): Stamped[] {
  const ordered = newestFirst ? entries : entries.toReversed();
  return ordered
    .map((entry) => stampedLines([entry], reader))
    .toReversed()
    .flat();
}
