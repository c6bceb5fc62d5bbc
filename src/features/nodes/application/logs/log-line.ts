/** A line with its place in the log: `id` resumes after it. */
export interface LogLine {
  readonly id: string;
  readonly at: Date | null;
  readonly text: string;
}

/** Where a reader is: the time of its last line and how many lines of that very time it has had. */
export interface LogPosition {
  /** Time as the log writes it, so that no digit is lost. */
  readonly stamp: string;
  readonly count: number;
}

const ID = /^([0-9TZ:.+-]{10,40})~(\d{1,9})$/;

export const idOf = ({ stamp, count }: LogPosition): string => `${stamp}~${count}`;

/** Undefined if the text is no id of a log. */
export function positionOf(id: string): LogPosition | undefined {
  const match = ID.exec(id);
  if (!match?.[1] || Number.isNaN(Date.parse(match[1]))) return undefined;
  return { stamp: match[1], count: Number(match[2]) };
}

/** Numbers the lines of equal time. */
export class PositionCounter {
  private stamp = '';
  private count = 0;

  constructor(start?: LogPosition) {
    if (start) ({ stamp: this.stamp, count: this.count } = start);
  }

  next(stamp: string): LogPosition {
    this.count = stamp === this.stamp ? this.count + 1 : 1;
    this.stamp = stamp;
    return { stamp, count: this.count };
  }
}
