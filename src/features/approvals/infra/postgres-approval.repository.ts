import { Injectable } from '@nestjs/common';
import { DomainError } from '../../../kernel/domain-error.js';
import { isId } from '../../../kernel/ids.js';
import type { Page, PageRequest } from '../../../kernel/page.js';
import { PostgresEventLog } from '../../../platform/postgres/event-log.js';
import { crossed, newestFirst } from '../../../platform/postgres/newest-first.js';
import { TypeormUnitOfWork } from '../../../platform/postgres/unit-of-work.js';
import type { ApprovalRecord, ApprovalRequestEvent, NewApprovalRequestEvent } from '../application/approval-record.js';
import {
  type ApprovalFilter,
  ApprovalRepository,
  REQUEST_CURSORS,
} from '../application/ports/approval-repository.port.js';
import { REQUEST_EVENTS_CHANNEL } from '../application/request-feed.service.js';
import { APPROVAL_KINDS, type ApprovalKind } from '../domain/approval-policy.js';
import {
  APPROVAL_STATUSES,
  type ApprovalState,
  type ApprovalStatus,
  type Review,
  TERMINAL_STATUSES,
} from '../domain/approval-state.js';
import { personOf } from '../domain/participant.js';

type Row = Omit<ApprovalRecord, 'approval'> & { approval: Omit<ApprovalState, 'reviews' | 'history'> };

const COLUMNS = `id, version, kind, cluster, subject_id AS "subjectId", spec, targets, reason, ticket,
  external_correlation_id AS "externalCorrelationId", approval, held,
  reminded_at AS "remindedAt", targets_checked_at AS "targetsCheckedAt", last_seq AS "lastSeq", created_at AS "createdAt", updated_at AS "updatedAt"`;

@Injectable()
export class PostgresApprovalRepository extends ApprovalRepository {
  override readonly log: PostgresEventLog<ApprovalRequestEvent, NewApprovalRequestEvent>;

  constructor(private readonly unitOfWork: TypeormUnitOfWork) {
    super();
    this.log = new PostgresEventLog(unitOfWork, {
      events: 'approval_request_events',
      owner: 'request_id',
      ownerName: 'requestId',
      columns: { type: 'text', data: 'jsonb' },
      things: 'approval_requests',
      state: 'status',
      channel: REQUEST_EVENTS_CHANNEL,
      isOver: (status: ApprovalStatus) => TERMINAL_STATUSES.includes(status),
    });
  }

  override async insert(record: ApprovalRecord): Promise<void> {
    const { id, version, kind, cluster, subjectId, createdAt, externalCorrelationId } = record;
    const { author } = record.approval;
    const fixed = { id, version, kind, cluster, subject_id: subjectId, created_at: createdAt };
    const asked = {
      author: personOf(author),
      actor_id: author.actorId,
      external_correlation_id: externalCorrelationId,
    };
    const columns = { ...fixed, ...asked, ...changing(record) };
    const names = Object.keys(columns);
    await this.manager.query(
      `INSERT INTO approval_requests (${names.join(', ')}) VALUES (${names.map((_, i) => `$${i + 1}`).join(', ')})`,
      Object.values(columns),
    );
  }

  override find(id: string): Promise<ApprovalRecord | null> {
    return this.load(id, '');
  }

  override lock(id: string): Promise<ApprovalRecord | null> {
    return this.load(id, 'FOR UPDATE');
  }

  override async findAll(ids: readonly string[]): Promise<ApprovalRecord[]> {
    if (ids.length === 0) return [];
    return this.withReviews(
      await this.manager.query(`SELECT ${COLUMNS} FROM approval_requests WHERE id = ANY($1) ORDER BY id DESC`, [ids]),
    );
  }

  override async save(record: ApprovalRecord): Promise<void> {
    const columns = changing(record);
    const assignments = Object.keys(columns).map((name, index) => `${name} = $${index + 3}`);
    const [, updated] = (await this.manager.query(
      `UPDATE approval_requests SET version = version + 1, ${assignments.join(', ')} WHERE id = $1 AND version = $2`,
      [record.id, record.version, ...Object.values(columns)],
    )) as [unknown, number];
    if (updated !== 1) throw new DomainError('CONFLICT', 'The request was changed at the same time: read it again.');
    await this.saveReviews(record);
  }

  override async note(id: string, { held, targetsCheckedAt }: { held?: string; targetsCheckedAt?: Date }) {
    await this.manager.query(
      `UPDATE approval_requests
       SET held = coalesce($2, held), targets_checked_at = coalesce($3, targets_checked_at) WHERE id = $1`,
      [id, held ?? null, targetsCheckedAt ?? null],
    );
  }

  override async list(filter: ApprovalFilter, page: PageRequest): Promise<Page<ApprovalRecord>> {
    const { text, parameters } = newestFirst({
      table: 'approval_requests',
      columns: ['id'],
      order: ['id'],
      equal: {
        cluster: filter.cluster,
        author: filter.author,
        actor_id: filter.actor,
        ticket: filter.ticket,
        external_correlation_id: filter.externalCorrelationId,
        // Ids are unique, whatever the kind of what has them.
        subject_id: filter.maintenanceRunId,
      },
      conditions: () => (filter.asked ? [`e.status <> 'DRAFT'`] : []),
      made: filter,
      listed: { table: 'approval_requests_by_node', column: 'node', value: filter.node },
      anyOf: crossed(['kind', filter.kind, APPROVAL_KINDS], ['status', filter.status, APPROVAL_STATUSES]),
      after: REQUEST_CURSORS.after(page),
      limit: page.first + 1,
    });
    const ids: { id: string }[] = await this.manager.query(text, parameters);
    const records = await this.findAll(ids.map(({ id }) => id));
    return REQUEST_CURSORS.page(records, page.first, ({ id }) => [id]);
  }

  override async openIds(staleKinds: readonly ApprovalKind[]): Promise<string[]> {
    const rows: { id: string }[] = await this.manager.query(
      `SELECT id FROM approval_requests
       WHERE status IN ('PENDING', 'APPROVED', 'SCHEDULED', 'EXECUTING') OR (status = 'STALE' AND kind = ANY($1))
       ORDER BY id`,
      [staleKinds],
    );
    return rows.map(({ id }) => id);
  }

  override async hasOverdueReview(person: string, now: Date, exceptId: string): Promise<boolean> {
    const rows = await this.manager.query(
      `SELECT 1 FROM approval_requests
       WHERE break_glass_person = $1 AND break_glass_review_due_at <= $2 AND id <> $3 LIMIT 1`,
      [person, now, exceptId],
    );
    return rows.length > 0;
  }

  override async scheduledBy(id: string): Promise<string | undefined> {
    const [row] = await this.manager.query(
      `SELECT data -> 'by' ->> 'actorId' AS actor FROM approval_request_events
       WHERE request_id = $1 AND type = 'SCHEDULED' ORDER BY seq DESC LIMIT 1`,
      [id],
    );
    return row?.actor ?? undefined;
  }

  private async load(id: string, locking: string): Promise<ApprovalRecord | null> {
    if (!isId(id)) return null;
    const rows = await this.manager.query(`SELECT ${COLUMNS} FROM approval_requests WHERE id = $1 ${locking}`, [id]);
    return (await this.withReviews(rows))[0] ?? null;
  }

  private async withReviews(rows: readonly Row[]): Promise<ApprovalRecord[]> {
    const found: { request_id: string; review: Review }[] = await this.manager.query(
      'SELECT request_id, review FROM approval_request_reviews WHERE request_id = ANY($1) ORDER BY request_id, position',
      [rows.map(({ id }) => id)],
    );
    return rows.map((row) => {
      const reviews = found.filter(({ request_id }) => request_id === row.id).map(({ review }) => review);
      return { ...row, approval: { ...row.approval, editors: row.approval.editors ?? [], reviews, history: [] } };
    });
  }

  /** In order of position, so that a person's earlier review is voided before the later one comes in. */
  private async saveReviews({ id, approval }: ApprovalRecord): Promise<void> {
    for (const [position, review] of approval.reviews.entries()) {
      await this.manager.query(
        `INSERT INTO approval_request_reviews (request_id, position, person, voided_at, review)
         VALUES ($1, $2, $3, $4, $5)
         ON CONFLICT (request_id, position) DO UPDATE SET voided_at = EXCLUDED.voided_at, review = EXCLUDED.review
           WHERE approval_request_reviews.voided_at IS DISTINCT FROM EXCLUDED.voided_at`,
        [id, position, review.person, review.voidedAt, JSON.stringify(review)],
      );
    }
  }

  private get manager() {
    return this.unitOfWork.manager;
  }
}

function changing(record: ApprovalRecord): Record<string, unknown> {
  const { spec, targets, reason, ticket, approval, held, remindedAt, targetsCheckedAt, updatedAt } = record;
  const { reviews: _reviews, history: _history, ...state } = approval;
  const owed = state.breakGlass && state.breakGlass.reviewedAt === null ? state.breakGlass : null;
  return {
    spec: JSON.stringify(spec),
    targets: JSON.stringify(targets),
    reason,
    ticket,
    status: state.status,
    approval: JSON.stringify(state),
    held,
    reminded_at: remindedAt,
    targets_checked_at: targetsCheckedAt,
    break_glass_person: owed?.person ?? null,
    break_glass_review_due_at: owed?.reviewDueAt ?? null,
    updated_at: updatedAt,
  };
}
