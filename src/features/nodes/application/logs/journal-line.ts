const LINE = /^([A-Z][a-z]{2}) ([ 0-9]\d) (\d{2}:\d{2}:\d{2}\.\d{6}) /;
const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];
const DAY_MS = 24 * 3600 * 1000;

/**
 * Time of a line as `journalctl --utc --output=short-precise` writes it, which is what the kubelet runs. The year is not
 * written: it is the latest one that does not lie in the future. Undefined for what is not a line of the journal.
 */
export function journalStamp(line: string, now: Date): string | undefined {
  const match = LINE.exec(line);
  const month = MONTHS.indexOf(match?.[1] ?? '') + 1;
  if (!match || month === 0) return undefined;
  const rest = `${String(month).padStart(2, '0')}-${match[2]?.replace(' ', '0')}T${match[3]}Z`;
  const stamp = `${now.getUTCFullYear()}-${rest}`;
  return Date.parse(stamp) > now.getTime() + DAY_MS ? `${now.getUTCFullYear() - 1}-${rest}` : stamp;
}

/** What journalctl says between the lines about boots and the journal itself. */
export const isJournalNote = (line: string): boolean => /^-- (No entries|Boot |Journal begins)/.test(line);

const REFUSALS: readonly [RegExp, string][] = [
  [/^Data from the specified boot|^No such boot/, 'the journal has no such boot'],
  [/^log not found for|^options present and query resolved to log files/, 'one of the services has no journal'],
  [/^(Failed to|failed to|Compilation of)|error/i, 'the log could not be read'],
];

/** What went wrong, when the kubelet tells of a failure inside an answer that began well. */
export function journalRefusal(line: string): string | undefined {
  return REFUSALS.find(([pattern]) => pattern.test(line))?.[1];
}
