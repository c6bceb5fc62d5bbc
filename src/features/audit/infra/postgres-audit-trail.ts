import { Injectable } from '@nestjs/common';
import { type AuditResult, AuditTrail, type NewAuditEvent } from '../../../kernel/audit-trail.js';
import { Clock } from '../../../kernel/clock.js';
import { newId } from '../../../kernel/ids.js';
import { TypeormUnitOfWork } from '../../../platform/postgres/unit-of-work.js';
import { AUDIT_COLUMNS, rowOf } from './audit-event-row.js';

/** Rows in one statement: 500 x 28 parameters stay below the protocol's 65,535. */
const BATCH = 500;
/** Of intents that do not say. */
const LONGEST_SECONDS = 86_400;

@Injectable()
export class PostgresAuditTrail extends AuditTrail {
  constructor(
    private readonly unitOfWork: TypeormUnitOfWork,
    private readonly clock: Clock,
  ) {
    super();
  }

  override async record(events: readonly NewAuditEvent[]): Promise<string[]> {
    const at = this.clock.now();
    const ids = sortedIds(events.length, at);
    const rows = events.map((event, index) => rowOf(ids[index] as string, at, event));
    for (let from = 0; from < rows.length; from += BATCH) await this.insert(rows.slice(from, from + BATCH));
    return ids;
  }

  override async close(intentIds: readonly string[], result: AuditResult): Promise<void> {
    if (intentIds.length === 0) return;
    const at = this.clock.now();
    const copied = AUDIT_COLUMNS.filter((column) => !OWN_TO_OUTCOME.has(column));
    // ON CONFLICT: an outcome that is there already stands, whoever wrote it first.
    await this.unitOfWork.manager.query(
      `INSERT INTO audit_events (id, at, kind, intent_id, outcome, after, error, ${copied.join(', ')})
       SELECT closing.outcome_id, $3, 'OUTCOME', intent.id, $4, $5, $6, ${copied.map((c) => `intent.${c}`).join(', ')}
         FROM unnest($1::uuid[], $2::uuid[]) AS closing (intent_id, outcome_id)
         JOIN audit_events intent ON intent.id = closing.intent_id AND intent.kind = 'INTENT'
       ON CONFLICT (intent_id) WHERE kind = 'OUTCOME' DO NOTHING`,
      [[...intentIds], sortedIds(intentIds.length, at), at, result.outcome, result.after ?? null, result.error ?? null],
    );
  }

  override async closeOverdue(actions: readonly string[], graceSeconds: number): Promise<void> {
    const found: { id: string }[] = await this.unitOfWork.manager.query(
      `SELECT i.id FROM audit_open_intents o, LATERAL (SELECT * FROM audit_events WHERE id = o.intent_id OFFSET 0) i
       WHERE i.action = ANY($1)
         AND i.at + make_interval(secs => coalesce((i.after->>'limitSeconds')::integer, $3) + $2) < clock_timestamp()`,
      [[...actions], graceSeconds, LONGEST_SECONDS],
    );
    const error = { code: 'INTERNAL', message: 'The process that was at it ended without a word.' };
    await this.close(
      found.map(({ id }) => id),
      { outcome: 'UNKNOWN', error },
    );
  }

  private async insert(rows: unknown[][]): Promise<void> {
    const width = AUDIT_COLUMNS.length;
    const places = rows.map(
      (_, row) => `(${AUDIT_COLUMNS.map((_c, column) => `$${row * width + column + 1}`).join(', ')})`,
    );
    await this.unitOfWork.manager.query(
      `INSERT INTO audit_events (${AUDIT_COLUMNS.join(', ')}) VALUES ${places.join(', ')}`,
      rows.flat(),
    );
  }
}

const OWN_TO_OUTCOME: ReadonlySet<string> = new Set([
  'id',
  'at',
  'kind',
  'intent_id',
  'outcome',
  'before',
  'after',
  'error',
]);

/** Ids of one call in the order of its events: within a millisecond the random part would shuffle them. */
function sortedIds(count: number, at: Date): string[] {
  return Array.from({ length: count }, () => newId(at.getTime())).sort();
}
