import { Injectable } from '@nestjs/common';
import { monotonicNow } from '../../kernel/monotonic.js';
import { TypeormUnitOfWork } from './unit-of-work.js';

/** Probes come every few seconds from several sides; one look serves them all. */
const KEPT_MS = 5_000;
const KEPT_FAILED_MS = 1_000;
/** Spills into a file of its own, about half a megabyte: a full disk has no room for it, whatever room tables still have. */
const SPILLED_ROWS = 20_000;

/** Whether the database can write: it answers reads for long when its disk is full or it has become a standby. */
@Injectable()
export class DatabaseWriteCheck {
  private last: { readonly at: number; readonly keptMs: number; readonly result: Promise<void> } | undefined;

  constructor(private readonly unitOfWork: TypeormUnitOfWork) {}

  /** @throws what the database says when it can't */
  run(): Promise<void> {
    const now = monotonicNow();
    if (this.last && now - this.last.at < this.last.keptMs) return this.last.result;
    const result = this.write();
    this.last = { at: now, keptMs: KEPT_MS, result };
    result.catch(() => {
      this.last = { at: monotonicNow(), keptMs: KEPT_FAILED_MS, result };
    });
    return result;
  }

  private write(): Promise<void> {
    return this.unitOfWork.apart(async () => {
      const { manager } = this.unitOfWork;
      // A transaction with a number of its own is written to the log when it ends.
      const [{ readOnly }] = await manager.query(
        `SELECT current_setting('transaction_read_only')::boolean AS "readOnly", set_config('work_mem', '64kB', true)`,
      );
      if (readOnly) throw new Error('it only takes reads');
      await manager.query('SELECT pg_current_xact_id()');
      await manager.query(`SELECT count(*) FROM generate_series(1, ${SPILLED_ROWS})`);
    });
  }
}
