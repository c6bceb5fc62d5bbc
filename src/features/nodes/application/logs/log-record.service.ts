import { Inject, Injectable } from '@nestjs/common';
import type { AppConfig } from '../../../../config/app-config.js';
import { APP_CONFIG } from '../../../../config/config.module.js';
import type { Caller } from '../../../../kernel/actor.js';
import { DomainError } from '../../../../kernel/domain-error.js';
import { UnitOfWork } from '../../../../platform/postgres/unit-of-work.js';
import { type AuditResource, AuditTrail } from '../../../audit/index.js';
import { LogBudget, type LogLimits } from './log-budget.js';
import type { LogEnd } from './log-end.js';
import type { LogLine } from './log-line.js';

/** A log as a caller gets it. */
export interface ShownLog {
  /**
   * Batches of lines within the limits, once. Whoever aborts gives the reason: what the audit trail says of the end
   * is taken from it.
   */
  lines(signal: AbortSignal): AsyncGenerator<LogLine[]>;
  /** Why it ended; undefined until then. */
  readonly endedBy: LogEnd | undefined;
}

export type LogSource = (signal: AbortSignal) => AsyncIterable<LogLine[]>;

export interface LogReading {
  readonly action: 'node.logs.read' | 'pod.logs.read';
  readonly resource: AuditResource;
  /** What of the log was asked for. */
  readonly options: Record<string, unknown>;
  readonly limits: LogLimits;
  readonly source: LogSource;
}

/** Shows a log within its limits, redacted, and keeps in the audit trail who read how much of it. */
@Injectable()
export class LogRecordService {
  private readonly rules: readonly RegExp[];

  constructor(
    private readonly audit: AuditTrail,
    private readonly unitOfWork: UnitOfWork,
    @Inject(APP_CONFIG) config: AppConfig,
  ) {
    this.rules = config.logRedaction.map((rule) => new RegExp(rule, 'g'));
  }

  /** The intent is recorded before the first line can be read. */
  async begin(caller: Caller, reading: LogReading): Promise<ShownLog> {
    const { action, resource, options } = reading;
    const after = JSON.parse(JSON.stringify(options)) as Record<string, unknown>;
    const record = () => this.audit.record([{ kind: 'INTENT', caller, action, resource, after }]);
    const [intent] = await this.unitOfWork.run(record);
    const end: { by: LogEnd | undefined } = { by: undefined };
    return {
      lines: (signal) => this.bounded(intent as string, reading, signal, end),
      get endedBy() {
        return end.by;
      },
    };
  }

  private async *bounded(
    intent: string,
    { limits, source }: LogReading,
    signal: AbortSignal,
    end: { by: LogEnd | undefined },
  ): AsyncGenerator<LogLine[]> {
    const timeout = AbortSignal.timeout(limits.limitSeconds * 1000);
    const either = AbortSignal.any([signal, timeout]);
    const budget = new LogBudget(limits, this.rules);
    let failure: DomainError | undefined;
    // A reader that goes away without a word ends the generator where it stands.
    let by: LogEnd = 'CLIENT_LEFT';
    try {
      for await (const batch of source(either)) {
        const { shown, full } = budget.take(batch);
        if (shown.length > 0) yield shown;
        if (!full) continue;
        by = full;
        return;
      }
      by = either.aborted ? endOf(signal, timeout) : 'COMPLETE';
    } catch (error) {
      if (either.aborted) return;
      by = 'FAILED';
      failure =
        error instanceof DomainError ? error : new DomainError('INTERNAL', 'The log broke off.', { cause: error });
      throw failure;
    } finally {
      end.by = by === 'CLIENT_LEFT' ? endOf(signal, timeout) : by;
      const error = failure && { code: failure.code, message: failure.message };
      const outcome = error ? ('FAILED' as const) : ('SUCCEEDED' as const);
      const after = { bytes: budget.bytes, lines: budget.lines, endedBy: end.by };
      await this.unitOfWork.run(() => this.audit.close([intent], { outcome, after, error }));
    }
  }
}

/** How it ended when nothing of the log itself ended it. */
function endOf(signal: AbortSignal, timeout: AbortSignal): LogEnd {
  const reason: unknown = signal.aborted ? signal.reason : undefined;
  if (reason instanceof DomainError && reason.code === 'UNAUTHENTICATED') return 'CREDENTIAL_EXPIRED';
  if (reason instanceof Error && reason.name === 'ClientStalledError') return 'CLIENT_STALLED';
  return !signal.aborted && timeout.aborted ? 'LIMIT_SECONDS' : 'CLIENT_LEFT';
}
