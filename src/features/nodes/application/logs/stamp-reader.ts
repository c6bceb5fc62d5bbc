import { type LineHead, lineHead } from './line-head.js';

/** How far lines may be out of order, and clocks apart. */
const SLACK_MS = 26 * 3600_000;

/**
 * Gives each line its time as the log writes it, with the year that most logs leave out. Read forwards, years follow from
 * the start of the asked window and never fall back; read backwards, from the newest line, from the present.
 */
export class StampReader {
  private last: number | undefined;
  /** The day of the last line, as it was written and as it is: most lines are of the same. */
  private written = '';
  private date = '';

  constructor(
    private readonly window: { readonly from?: Date; readonly now: Date },
    private readonly direction: 'FORWARDS' | 'BACKWARDS' = 'FORWARDS',
  ) {}

  /** With microseconds, so that texts compare; undefined for a line without a time of its own. */
  next(line: string): string | undefined {
    const head = lineHead(line);
    if (!head) return undefined;
    const written = `${head.year ?? ''}-${head.months}-${head.day}`;
    const stamp =
      written === this.written
        ? `${this.date}T${head.time}Z`
        : head.year === undefined
          ? this.withYear(head)
          : stampOf(head, head.year, head.months[0] ?? 1);
    if (stamp === undefined) return undefined;
    this.last = Date.parse(stamp);
    this.written = written;
    this.date = stamp.slice(0, 10);
    return stamp;
  }

  private withYear(head: LineHead): string | undefined {
    const { from, now } = this.window;
    const latest = now.getTime() + SLACK_MS;
    const first = new Date(Math.min(this.last ?? latest, from?.getTime() ?? latest)).getUTCFullYear() - 2;
    const possible: { stamp: string; at: number }[] = [];
    for (let year = first; year <= new Date(latest).getUTCFullYear(); year += 1) {
      for (const month of head.months) {
        const stamp = stampOf(head, year, month);
        const at = stamp === undefined ? Number.POSITIVE_INFINITY : Date.parse(stamp);
        if (stamp !== undefined && at <= latest) possible.push({ stamp, at });
      }
    }
    possible.sort((a, b) => a.at - b.at);
    const newest = possible.at(-1)?.stamp;
    if (this.direction === 'BACKWARDS') {
      const bound = (this.last ?? latest) + SLACK_MS;
      return (possible.findLast(({ at }) => at <= bound) ?? possible[0])?.stamp;
    }
    const bound = this.last ?? from?.getTime();
    if (bound === undefined) return newest;
    return possible.find(({ at }) => at >= bound - SLACK_MS)?.stamp ?? newest;
  }
}

/** Undefined for a day that the month does not have. */
function stampOf({ day, time }: LineHead, year: number, month: number): string | undefined {
  const date = `${year}-${String(month).padStart(2, '0')}-${String(day).padStart(2, '0')}`;
  const at = new Date(`${date}T${time.slice(0, 12)}Z`);
  return Number.isNaN(at.getTime()) || at.getUTCDate() !== day ? undefined : `${date}T${time}Z`;
}
