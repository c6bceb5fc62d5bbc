import type { LogLine, LogPosition } from './log-line.js';

/** Longer than the streams of one container run apart. */
const DISORDER_MS = 2000;

/**
 * Leaves out of a log that is read again what was told up to a position. The place in the file decides and not the time:
 * a container's two streams get their times apart, so that a later line may show an earlier one.
 */
export class ResumeFilter {
  private held: LogLine[] = [];
  private left: number;
  private passed: boolean;

  constructor(private readonly position: LogPosition | undefined) {
    this.passed = position === undefined;
    this.left = position?.count ?? 0;
  }

  /** What is new by now: nothing, the line, or lines that were held back as well. */
  next(line: LogLine, stamp: string): LogLine[] {
    if (this.passed || !this.position) return [line];
    const order = compare(stamp, this.position.stamp);
    if (order < 0) return [];
    if (order === 0) {
      this.left -= 1;
      this.passed = this.left <= 0;
      // Whatever stands before the position was told.
      this.held = [];
      return [];
    }
    this.held.push(line);
    // The position itself is gone, rotated away.
    return Date.parse(stamp) > Date.parse(this.position.stamp) + DISORDER_MS ? this.rest() : [];
  }

  /** At the end of the log: what was held back for a position that never came. */
  rest(): LogLine[] {
    this.passed = true;
    const { held } = this;
    this.held = [];
    return held;
  }
}

/** By time, then by the digits: nanoseconds are beyond what Date holds. */
function compare(a: string, b: string): number {
  const difference = Date.parse(a) - Date.parse(b);
  if (difference !== 0) return difference;
  return a === b ? 0 : a < b ? -1 : 1;
}
