import { Injectable } from '@nestjs/common';
import { DomainError } from '../../../kernel/domain-error.js';
import { isId } from '../../../kernel/ids.js';
import type { Page, PageRequest } from '../../../kernel/page.js';
import { PostgresEventLog } from '../../../platform/postgres/event-log.js';
import { newestFirst } from '../../../platform/postgres/newest-first.js';
import { TypeormUnitOfWork } from '../../../platform/postgres/unit-of-work.js';
import { type ApprovalStatus, REQUEST_CURSORS, TERMINAL_STATUSES } from '../../approvals/index.js';
import { CHANGE_EVENTS_CHANNEL } from '../application/change-feed.service.js';
import type { ChangeEvent, ChangeRecord } from '../application/change-record.js';
import {
  type ChangeFilter,
  ChangeRepository,
  type NewChangeEvent,
} from '../application/ports/change-repository.port.js';
import type { JsonObject } from '../domain/json/json-value.js';
import { type ChangeRow, changeOf, columnsOf, type ReviewRow } from './change.mapper.js';

const OPEN = `('PENDING', 'APPROVED', 'SCHEDULED', 'STALE', 'EXECUTING')`;

@Injectable()
export class TypeormChangeRepository extends ChangeRepository {
  override readonly log: PostgresEventLog<ChangeEvent, NewChangeEvent>;

  constructor(private readonly unitOfWork: TypeormUnitOfWork) {
    super();
    this.log = new PostgresEventLog(unitOfWork, {
      events: 'kubelet_config_change_events',
      owner: 'change_id',
      ownerName: 'changeId',
      columns: { type: 'text', data: 'jsonb' },
      things: 'kubelet_config_changes',
      state: 'status',
      channel: CHANGE_EVENTS_CHANNEL,
      isOver: (status: ApprovalStatus) => TERMINAL_STATUSES.includes(status),
    });
  }

  override async insert(change: ChangeRecord, events: readonly NewChangeEvent[]): Promise<void> {
    const columns = { id: change.id, version: change.version, created_at: change.createdAt, ...columnsOf(change) };
    const names = Object.keys(columns);
    await this.manager.query(
      `INSERT INTO kubelet_config_changes (${names.join(', ')}) VALUES (${names.map((_, i) => `$${i + 1}`).join(', ')})`,
      Object.values(columns),
    );
    await this.append(change, events);
  }

  override async find(id: string): Promise<ChangeRecord | null> {
    return this.load(id, '');
  }

  override async lock(id: string): Promise<ChangeRecord | null> {
    return this.load(id, 'FOR UPDATE');
  }

  override async save(change: ChangeRecord, events: readonly NewChangeEvent[] = []): Promise<void> {
    const columns = columnsOf(change);
    const assignments = Object.keys(columns).map((name, index) => `${name} = $${index + 3}`);
    const [, updated] = (await this.manager.query(
      `UPDATE kubelet_config_changes SET version = version + 1, ${assignments.join(', ')} WHERE id = $1 AND version = $2`,
      [change.id, change.version, ...Object.values(columns)],
    )) as [unknown, number];
    if (updated !== 1) throw new DomainError('CONFLICT', 'The change was changed at the same time: read it again.');
    await this.saveReviews(change);
    await this.append(change, events);
  }

  override async note(id: string, { driftCheckedAt, remindedAt }: { driftCheckedAt?: Date; remindedAt?: Date }) {
    await this.manager.query(
      `UPDATE kubelet_config_changes
       SET drift_checked_at = coalesce($2, drift_checked_at), reminded_at = coalesce($3, reminded_at) WHERE id = $1`,
      [id, driftCheckedAt ?? null, remindedAt ?? null],
    );
  }

  override async saveBaselines(id: string, live: ReadonlyMap<string, JsonObject>): Promise<void> {
    await this.manager.query('DELETE FROM kubelet_config_change_baselines WHERE change_id = $1', [id]);
    const rows = [...live].map(([node, document]) => ({ node, live: document }));
    await this.manager.query(
      `INSERT INTO kubelet_config_change_baselines (change_id, node, live)
       SELECT $1, r.node, r.live FROM jsonb_to_recordset($2::jsonb) AS r (node text, live jsonb)`,
      [id, JSON.stringify(rows)],
    );
  }

  override async baselines(id: string): Promise<Map<string, JsonObject>> {
    const rows: { node: string; live: JsonObject }[] = await this.manager.query(
      'SELECT node, live FROM kubelet_config_change_baselines WHERE change_id = $1',
      [id],
    );
    return new Map(rows.map(({ node, live }) => [node, live]));
  }

  override async list(filter: ChangeFilter, page: PageRequest): Promise<Page<ChangeRecord>> {
    const { text, parameters } = newestFirst({
      table: 'kubelet_config_changes',
      order: ['id'],
      equal: { cluster: filter.cluster, author: filter.author },
      anyOf: { status: filter.status },
      after: REQUEST_CURSORS.after(page),
      limit: page.first + 1,
    });
    const rows: ChangeRow[] = await this.manager.query(text, parameters);
    const reviews = await this.reviewsOf(rows.map(({ id }) => id));
    return REQUEST_CURSORS.page(
      rows.map((row) => changeOf(row, reviews.get(row.id) ?? [])),
      page.first,
      ({ id }) => [id],
    );
  }

  override async scheduledBy(id: string): Promise<string | undefined> {
    const [row] = await this.manager.query(
      `SELECT data -> 'by' ->> 'actorId' AS actor FROM kubelet_config_change_events
       WHERE change_id = $1 AND type = 'SCHEDULED' ORDER BY seq DESC LIMIT 1`,
      [id],
    );
    return row?.actor ?? undefined;
  }

  override async openIds(): Promise<string[]> {
    const rows: { id: string }[] = await this.manager.query(
      `SELECT id FROM kubelet_config_changes WHERE status IN ${OPEN} ORDER BY id`,
    );
    return rows.map(({ id }) => id);
  }

  override async hasOverdueReview(person: string, now: Date, exceptId: string): Promise<boolean> {
    const rows = await this.manager.query(
      `SELECT 1 FROM kubelet_config_changes
       WHERE break_glass_person = $1 AND break_glass_review_due_at <= $2 AND id <> $3 LIMIT 1`,
      [person, now, exceptId],
    );
    return rows.length > 0;
  }

  private async load(id: string, locking: string): Promise<ChangeRecord | null> {
    if (!isId(id)) return null;
    const [row]: ChangeRow[] = await this.manager.query(
      `SELECT * FROM kubelet_config_changes WHERE id = $1 ${locking}`,
      [id],
    );
    return row ? changeOf(row, (await this.reviewsOf([id])).get(id) ?? []) : null;
  }

  private async reviewsOf(ids: readonly string[]): Promise<Map<string, ReviewRow[]>> {
    const found = new Map<string, ReviewRow[]>();
    if (ids.length === 0) return found;
    const rows: ReviewRow[] = await this.manager.query(
      'SELECT change_id, review FROM kubelet_config_change_reviews WHERE change_id = ANY($1) ORDER BY change_id, position',
      [ids],
    );
    for (const row of rows) {
      const known = found.get(row.change_id);
      if (known) known.push(row);
      else found.set(row.change_id, [row]);
    }
    return found;
  }

  /** In order of position, so that a person's earlier review is voided before the later one comes in. */
  private async saveReviews({ id, approval }: ChangeRecord): Promise<void> {
    for (const [position, review] of approval.reviews.entries()) {
      await this.manager.query(
        `INSERT INTO kubelet_config_change_reviews (change_id, position, person, voided_at, review)
         VALUES ($1, $2, $3, $4, $5)
         ON CONFLICT (change_id, position) DO UPDATE SET voided_at = EXCLUDED.voided_at, review = EXCLUDED.review
           WHERE kubelet_config_change_reviews.voided_at IS DISTINCT FROM EXCLUDED.voided_at`,
        [id, position, review.person, review.voidedAt, JSON.stringify(review)],
      );
    }
  }

  private append({ id, lastSeq, approval }: ChangeRecord, events: readonly NewChangeEvent[]): Promise<void> {
    const history = approval.history.map(({ event, ...entry }) => ({ type: event, data: { ...entry } }));
    return this.log.append(id, lastSeq, [...history, ...events]);
  }

  private get manager() {
    return this.unitOfWork.manager;
  }
}
