import type { RE2JS } from 're2js';
import type { LogEnd } from './log-end.js';
import type { LogLine } from './log-line.js';

const NEWLINE = 0x0a;

export interface LogLimits {
  readonly limitBytes: number;
  readonly limitSeconds: number;
  readonly limitLines?: number;
}

/** What still fits; `full` names the limit that cut it. */
export interface Taken<T> {
  readonly shown: T;
  readonly full?: LogEnd;
}

/** Counts what of a log has been shown, after redaction, and says when no more may be. */
export class LogBudget {
  bytes = 0;
  lines = 0;

  constructor(
    private readonly limits: LogLimits,
    private readonly redaction: readonly RE2JS[],
  ) {}

  /** The lines of a batch that still fit. */
  take(batch: readonly LogLine[]): Taken<LogLine[]> {
    const shown: LogLine[] = [];
    for (const line of batch) {
      const text = this.redaction.reduce((left, rule) => rule.matcher(left).replaceAll('[REDACTED]'), line.text);
      const full = this.count(Buffer.byteLength(text) + 1);
      if (full) return { shown, full };
      shown.push(text === line.text ? line : { ...line, text });
    }
    return { shown };
  }

  /** As many whole lines of a text as still fit. It is not redacted: that takes lines. */
  takeText(text: Buffer): Taken<Buffer> {
    for (let from = 0; from < text.length; ) {
      const end = text.indexOf(NEWLINE, from);
      const next = end < 0 ? text.length : end + 1;
      const full = this.count(next - from);
      if (full) return { shown: text.subarray(0, from), full };
      from = next;
    }
    return { shown: text };
  }

  /** Counts one more line, unless it goes beyond a limit. */
  private count(bytes: number): LogEnd | undefined {
    const { limitBytes, limitLines = Number.POSITIVE_INFINITY } = this.limits;
    if (this.lines >= limitLines) return 'LIMIT_LINES';
    if (this.bytes + bytes > limitBytes) return 'LIMIT_BYTES';
    this.bytes += bytes;
    this.lines += 1;
    return undefined;
  }
}
