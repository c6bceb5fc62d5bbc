import { type BeforeApplicationShutdown, Injectable, type OnApplicationBootstrap } from '@nestjs/common';
import { UnitOfWork } from '../../../../platform/postgres/unit-of-work.js';
import { Logger } from '../../../../platform/telemetry/logger.js';
import { AuditTrail } from '../../../audit/index.js';

type Ending = Parameters<AuditTrail['close']>[1];

export const LOG_READS = ['node.logs.read', 'pod.logs.read'] as const;

const RETRY_MS = 1_000;
/** What is more than this is left to the search for reads that are over. */
const MAX_WAITING = 10_000;
const SEARCH_MS = 60_000;
/** After the end of a read's time, for the database to come back. */
const GRACE_SECONDS = 600;

/**
 * Writes how reads of logs ended. While the database is away endings wait here and are written when it is back; those of
 * a process that died are found by their time, which is over, and end as unknown. Any process may find them.
 */
@Injectable()
export class ReadEndings implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly waiting = new Map<string, Ending>();
  private retry: NodeJS.Timeout | undefined;
  private search: NodeJS.Timeout | undefined;
  private writing: Promise<void> | null = null;

  constructor(
    private readonly audit: AuditTrail,
    private readonly unitOfWork: UnitOfWork,
    private readonly logger: Logger,
  ) {}

  onApplicationBootstrap(): void {
    this.search = setInterval(() => void this.endAbandoned(), SEARCH_MS).unref();
  }

  async beforeApplicationShutdown(): Promise<void> {
    clearInterval(this.search);
    clearTimeout(this.retry);
    await this.writeWaiting();
  }

  /** Never fails: the reader has had the lines, and must not be told that the log broke off. */
  async write(intent: string, ending: Ending): Promise<void> {
    try {
      await this.unitOfWork.run(() => this.audit.close([intent], ending));
    } catch (error) {
      this.logger.warn({ err: error, intent }, 'the end of a read can not be recorded now');
      if (this.waiting.size < MAX_WAITING) this.waiting.set(intent, ending);
      this.retryLater();
    }
  }

  /** Ends reads whose process died: nobody can be at them any more. */
  async endAbandoned(): Promise<void> {
    try {
      await this.audit.closeOverdue(LOG_READS, GRACE_SECONDS);
    } catch (error) {
      this.logger.warn({ err: error }, 'reads without an end can not be looked for now');
    }
  }

  private retryLater(): void {
    this.retry ??= setTimeout(() => {
      this.retry = undefined;
      void this.writeWaiting();
    }, RETRY_MS).unref();
  }

  private writeWaiting(): Promise<void> {
    this.writing ??= this.writeAll().finally(() => {
      this.writing = null;
    });
    return this.writing;
  }

  private async writeAll(): Promise<void> {
    try {
      for (const [intent, ending] of this.waiting) {
        await this.unitOfWork.run(() => this.audit.close([intent], ending));
        this.waiting.delete(intent);
      }
    } catch (error) {
      this.logger.debug({ err: error, waiting: this.waiting.size }, 'ends of reads can still not be recorded');
      this.retryLater();
    }
  }
}
