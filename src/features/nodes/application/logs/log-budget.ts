import type { LogEnd } from './log-end.js';
import type { LogLine } from './log-line.js';

export interface LogLimits {
  readonly limitBytes: number;
  readonly limitSeconds: number;
  readonly limitLines?: number;
}

/** Counts what of a log has been shown, after redaction, and says when no more may be. */
export class LogBudget {
  bytes = 0;
  lines = 0;

  constructor(
    private readonly limits: LogLimits,
    private readonly redaction: readonly RegExp[],
  ) {}

  /** The lines of a batch that still fit; `full` names the limit that cut it. */
  take(batch: readonly LogLine[]): { shown: LogLine[]; full?: LogEnd } {
    const { limitBytes, limitLines = Number.POSITIVE_INFINITY } = this.limits;
    const shown: LogLine[] = [];
    for (const line of batch) {
      const text = this.redaction.reduce((left, rule) => left.replace(rule, '[REDACTED]'), line.text);
      const size = Buffer.byteLength(text) + 1;
      if (this.lines >= limitLines) return { shown, full: 'LIMIT_LINES' };
      if (this.bytes + size > limitBytes) return { shown, full: 'LIMIT_BYTES' };
      this.bytes += size;
      this.lines += 1;
      shown.push(text === line.text ? line : { ...line, text });
    }
    return { shown };
  }
}
