import { Inject, Injectable } from '@nestjs/common';
import { RE2JS } from 're2js';
import type { AppConfig } from '../../../../config/app-config.js';
import { APP_CONFIG } from '../../../../config/config.module.js';
import type { Caller } from '../../../../kernel/actor.js';
import { DomainError } from '../../../../kernel/domain-error.js';
import { UnitOfWork } from '../../../../platform/postgres/unit-of-work.js';
import { type AuditResource, AuditTrail } from '../../../audit/index.js';
import { LogBudget, type LogLimits, type Taken } from './log-budget.js';
import type { LogEnd } from './log-end.js';
import type { LogLine } from './log-line.js';
import { type LOG_READS, ReadEndings } from './read-endings.service.js';
import { endedLines } from './read-lines.js';

/**
 * A log as a caller gets it, in batches within the limits, once: either way. Whoever aborts gives the reason: what the
 * audit trail says of the end is taken from it.
 */
export interface ShownLog {
  lines(signal: AbortSignal): AsyncGenerator<LogLine[]>;
  /** Whole lines, each with its end, UTF-8. */
  text(signal: AbortSignal): AsyncGenerator<Buffer>;
  /** What the server of the log said beside its lines. */
  readonly notices: readonly string[];
  /** Why it ended; undefined until then. */
  readonly endedBy: LogEnd | undefined;
  /** To be called in any case, after the signal has aborted or all was read: also a log that nobody began to read has an end. */
  close(): Promise<void>;
}

export interface LogReading {
  readonly action: (typeof LOG_READS)[number];
  readonly resource: AuditResource;
  /** What of the log was asked for. */
  readonly options: Record<string, unknown>;
  readonly limits: LogLimits;
  /** Grows while the log is read. */
  readonly notices?: readonly string[];
  lines(signal: AbortSignal): AsyncIterable<LogLine[]>;
  /** Whole lines that nobody has looked at; null where that is not to be had. */
  text(signal: AbortSignal): AsyncIterable<Buffer> | null;
}

/** Shows a log within its limits, redacted, and keeps in the audit trail who read how much of it. */
@Injectable()
export class LogRecordService {
  private readonly rules: readonly RE2JS[];

  constructor(
    private readonly audit: AuditTrail,
    private readonly unitOfWork: UnitOfWork,
    private readonly endings: ReadEndings,
    @Inject(APP_CONFIG) config: AppConfig,
  ) {
    this.rules = config.logRedaction.map((rule) => RE2JS.compile(rule));
  }

  /** The intent is recorded before the first line can be read. */
  async begin(caller: Caller, reading: LogReading): Promise<ShownLog> {
    const { action, resource, options, limits } = reading;
    // The limit says when a read without an outcome is over at the latest.
    const asked = { ...options, limitSeconds: limits.limitSeconds };
    const after = JSON.parse(JSON.stringify(asked)) as Record<string, unknown>;
    const write = () => this.audit.record([{ kind: 'INTENT', caller, action, resource, after }]);
    const [intent] = await this.unitOfWork.run(write);
    const record: OpenRecord = { intent: intent as string, endedBy: undefined };
    let batches: AsyncGenerator<unknown> | undefined;
    const reads = <T>(generator: AsyncGenerator<T>): AsyncGenerator<T> => {
      batches = generator;
      return generator;
    };
    return {
      lines: (signal) => reads(this.bounded(record, reading, signal, inLines(reading))),
      text: (signal) => reads(this.bounded(record, reading, signal, this.inText(reading))),
      notices: reading.notices ?? [],
      get endedBy() {
        return record.endedBy;
      },
      close: async () => {
        await batches?.return(undefined);
        // A generator that was never asked for anything ends without a word.
        if (!record.endedBy) await this.end(record, 'CLIENT_LEFT', { bytes: 0, lines: 0 });
      },
    };
  }

  /** Redaction works line by line. */
  private inText(reading: LogReading): LogForm<Buffer> {
    return (budget, signal) => {
      const text = this.rules.length === 0 ? reading.text(signal) : null;
      return text
        ? taken(endedLines(text), (chunk) => budget.takeText(chunk))
        : asText(inLines(reading)(budget, signal));
    };
  }

  private async *bounded<T extends { length: number }>(
    record: OpenRecord,
    { limits }: LogReading,
    signal: AbortSignal,
    form: LogForm<T>,
  ): AsyncGenerator<T> {
    const timeout = new AbortController();
    const timer = setTimeout(() => timeout.abort(), limits.limitSeconds * 1000);
    // What is read from ends with the reading, whatever ends it.
    const over = new AbortController();
    const either = AbortSignal.any([signal, timeout.signal, over.signal]);
    const why = () => endOf(signal, timeout.signal);
    const budget = new LogBudget(limits, this.rules);
    let failure: DomainError | undefined;
    // A reader that goes away without a word ends the generator where it stands.
    let by: LogEnd = 'CLIENT_LEFT';
    try {
      for await (const { shown, full } of form(budget, either)) {
        if (shown.length > 0) yield shown;
        if (!full) continue;
        by = full;
        return;
      }
      by = either.aborted ? why() : 'COMPLETE';
    } catch (error) {
      if (either.aborted) return;
      by = 'FAILED';
      failure =
        error instanceof DomainError ? error : new DomainError('INTERNAL', 'The log broke off.', { cause: error });
      throw failure;
    } finally {
      clearTimeout(timer);
      over.abort();
      await this.end(record, by === 'CLIENT_LEFT' ? why() : by, budget, failure);
    }
  }

  private async end(
    record: OpenRecord,
    endedBy: LogEnd,
    { bytes, lines }: { bytes: number; lines: number },
    failure?: DomainError,
  ): Promise<void> {
    record.endedBy = endedBy;
    const error = failure && { code: failure.code, message: failure.message };
    const outcome = error ? ('FAILED' as const) : ('SUCCEEDED' as const);
    const after = { bytes, lines, endedBy };
    await this.endings.write(record.intent, { outcome, after, error });
  }
}

/** Of one read: its intent, and how it ended once it has. */
interface OpenRecord {
  readonly intent: string;
  endedBy: LogEnd | undefined;
}

type LogForm<T> = (budget: LogBudget, signal: AbortSignal) => AsyncGenerator<Taken<T>>;

const inLines =
  (reading: LogReading): LogForm<LogLine[]> =>
  (budget, signal) =>
    taken(reading.lines(signal), (batch) => budget.take(batch));

async function* taken<T>(batches: AsyncIterable<T>, take: (batch: T) => Taken<T>): AsyncGenerator<Taken<T>> {
  for await (const batch of batches) yield take(batch);
}

async function* asText(batches: AsyncIterable<Taken<LogLine[]>>): AsyncGenerator<Taken<Buffer>> {
  for await (const { shown, full } of batches)
    yield { shown: Buffer.from(shown.map(({ text }) => `${text}\n`).join('')), full };
}

/** It is over, or stands for other rights. */
const CREDENTIAL_OVER: ReadonlySet<string> = new Set(['UNAUTHENTICATED', 'FORBIDDEN']);

/** How it ended when nothing of the log itself ended it. */
function endOf(signal: AbortSignal, timeout: AbortSignal): LogEnd {
  const reason: unknown = signal.aborted ? signal.reason : undefined;
  if (reason instanceof DomainError && CREDENTIAL_OVER.has(reason.code)) return 'CREDENTIAL_EXPIRED';
  if (reason instanceof Error && reason.name === 'ClientStalledError') return 'CLIENT_STALLED';
  return !signal.aborted && timeout.aborted ? 'LIMIT_SECONDS' : 'CLIENT_LEFT';
}
