import { Injectable } from '@nestjs/common';
import { isId } from '../../../kernel/ids.js';
import { ListCursors, type Page, type PageRequest } from '../../../kernel/page.js';
import { crossed, newestFirst } from '../../../platform/postgres/newest-first.js';
import { TypeormUnitOfWork } from '../../../platform/postgres/unit-of-work.js';
import { AuditEventRepository } from '../application/ports/audit-event.repository.js';
import { AUDIT_KINDS, type AuditEvent, type AuditFilter } from '../domain/audit-event.js';
import { type AuditEventRow, eventOf } from './audit-event-row.js';

/** By the time of the event, then its id: ids alone are in the order of the processes' own clocks. */
const CURSORS = new ListCursors('audit-events', ['time', 'id']);

@Injectable()
export class PostgresAuditEventRepository extends AuditEventRepository {
  constructor(private readonly unitOfWork: TypeormUnitOfWork) {
    super();
  }

  override async list(filter: AuditFilter, page: PageRequest): Promise<Page<AuditEvent>> {
    const { text, parameters } = newestFirst({
      table: filter.dangling ? DANGLING : 'audit_events',
      order: ['at', 'id'],
      equal: {
        actor_id: filter.actor,
        action: filter.action,
        cluster: filter.cluster,
        resource_type: filter.resourceType,
        resource_name: filter.resource,
        correlation_id: filter.correlationId,
        request_id: filter.requestId,
        ticket: filter.ticket,
        external_correlation_id: filter.externalCorrelationId,
        maintenance_run_id: filter.maintenanceRun,
      },
      anyOf: filter.outcome?.length
        ? crossed(['outcome', filter.outcome, []], ['kind', filter.kind, AUDIT_KINDS])
        : { kind: filter.kind },
      conditions: (use) => [
        ...(filter.node ? [`e.resource_type = 'Node' AND e.resource_name = ${use(filter.node)}`] : []),
        ...(filter.since ? [`e.at >= ${use(filter.since)}`] : []),
        ...(filter.until ? [`e.at < ${use(filter.until)}`] : []),
      ],
      after: CURSORS.after(page),
      limit: page.first + 1,
    });
    const rows: AuditEventRow[] = await this.unitOfWork.manager.query(text, parameters);
    return CURSORS.page(rows.map(eventOf), page.first, ({ at, id }) => [at.toISOString(), id]);
  }

  override async find(id: string): Promise<AuditEvent | null> {
    if (!isId(id)) return null;
    const [row]: AuditEventRow[] = await this.unitOfWork.manager.query('SELECT * FROM audit_events WHERE id = $1', [
      id,
    ]);
    return row ? eventOf(row) : null;
  }
}

/** An intent is in `audit_open_intents` until its outcome is written; a trigger keeps that in the same statement. */
const DANGLING = `(
  SELECT i.* FROM audit_open_intents o,
    -- OFFSET 0: each is looked up by its id, whatever the planner believes of how many there are.
    LATERAL (SELECT * FROM audit_events WHERE id = o.intent_id OFFSET 0) i)`;
