/** What journalctl writes between entries: about boots, and where the journal begins and ends. */
const NOTE = /^-- .* --$/;
const NOTHING = '-- No entries --';

/** A line about the journal, which is shown; that there is nothing is not. */
export const isJournalNote = (line: string): boolean => NOTE.test(line);
export const saysNothing = (line: string): boolean => line === NOTHING;

/** Whole lines that the kubelet itself, or journalctl before its first entry, writes inside of an answer that began well. */
const REFUSALS: readonly RegExp[] = [
  /^options present and query resolved to log files for \[.*\]$/,
  /^try without specifying options$/,
  /^log not found for \S+$/,
  /^error: journal output not available$/,
  /^error getting log for /,
  /^failed to get logging cmd: /,
  /^context error: /,
];
const JOURNAL_REFUSALS: readonly RegExp[] = [
  /^Data from the specified boot .* is not available: /,
  /^No such boot ID in journal$/,
  /^Failed to /,
  /^Compilation of pattern failed|^Compiled without pattern matching support$/,
  /^No journal files were (?:found|opened)/,
  /^Get-WinEvent ?: /,
];

/** Never an entry, wherever it stands. */
export const isRefusal = (line: string): boolean => REFUSALS.some((pattern) => pattern.test(line));

/** The same of journalctl, which stands before the first entry only: an entry's further lines may say such things too. */
export const isJournalRefusal = (line: string): boolean => JOURNAL_REFUSALS.some((pattern) => pattern.test(line));

/** True where the kubelet reads the log of each service from a file, which it does without options only. */
export const resolvedToFiles = (words: readonly string[]): boolean =>
  words.some((line) => line.startsWith('options present and query resolved to log files for'));

const MAX_WORDS = 500;

/** The kubelet's words in one line, as a sentence ends. */
export function wordsOf(lines: readonly string[]): string {
  const text = lines
    .map((line) => line.trim())
    .filter((line) => line !== '')
    .join(', ');
  return text.length > MAX_WORDS ? `${text.slice(0, MAX_WORDS)}…` : text;
}
