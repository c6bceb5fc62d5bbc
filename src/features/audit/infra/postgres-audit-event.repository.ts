import { Injectable } from '@nestjs/common';
import { isId } from '../../../kernel/ids.js';
import { decodeCursor, type Page, type PageRequest, pageOf } from '../../../kernel/page.js';
import { TypeormUnitOfWork } from '../../../platform/postgres/unit-of-work.js';
import { AuditEventRepository } from '../application/ports/audit-event.repository.js';
import type { AuditEvent, AuditFilter } from '../domain/audit-event.js';
import { type AuditEventRow, eventOf } from './audit-event-row.js';

@Injectable()
export class PostgresAuditEventRepository extends AuditEventRepository {
  constructor(private readonly unitOfWork: TypeormUnitOfWork) {
    super();
  }

  override async list(filter: AuditFilter, page: PageRequest): Promise<Page<AuditEvent>> {
    const parameters: unknown[] = [];
    const use = (value: unknown) => `$${parameters.push(value)}`;
    const conditions = conditionsOf(filter, use);
    if (page.after !== undefined) {
      const [after] = decodeCursor(page.after, 1);
      // Cursors of other lists and made-up ones must not reach a uuid column.
      if (typeof after !== 'string' || !isId(after)) return pageOf<AuditEvent>([], page.first, () => []);
      conditions.push(`e.id < ${use(after)}`);
    }
    const where = conditions.length > 0 ? `WHERE ${conditions.join(' AND ')}` : '';
    const rows: AuditEventRow[] = await this.unitOfWork.manager.query(
      `SELECT e.* FROM audit_events e ${where} ORDER BY e.id DESC LIMIT ${use(page.first + 1)}`,
      parameters,
    );
    return pageOf(rows.map(eventOf), page.first, ({ id }) => [id]);
  }

  override async find(id: string): Promise<AuditEvent | null> {
    if (!isId(id)) return null;
    const [row]: AuditEventRow[] = await this.unitOfWork.manager.query('SELECT * FROM audit_events WHERE id = $1', [
      id,
    ]);
    return row ? eventOf(row) : null;
  }
}

function conditionsOf(filter: AuditFilter, use: (value: unknown) => string): string[] {
  const conditions: string[] = [];
  const equal = (column: string, value: string | undefined) => {
    if (value !== undefined) conditions.push(`e.${column} = ${use(value)}`);
  };
  equal('actor_id', filter.actor);
  equal('action', filter.action);
  equal('cluster', filter.cluster);
  equal('resource_type', filter.resourceType);
  equal('resource_name', filter.resource);
  equal('correlation_id', filter.correlationId);
  equal('request_id', filter.requestId);
  if (filter.kind?.length) conditions.push(`e.kind = ANY(${use(filter.kind)})`);
  if (filter.outcome?.length) conditions.push(`e.outcome = ANY(${use(filter.outcome)})`);
  if (filter.since) conditions.push(`e.at >= ${use(filter.since)}`);
  if (filter.until) conditions.push(`e.at < ${use(filter.until)}`);
  if (filter.dangling) {
    conditions.push(
      `e.kind = 'INTENT' AND NOT EXISTS (
         SELECT 1 FROM audit_events o WHERE o.intent_id = e.id AND o.kind = 'OUTCOME')`,
    );
  }
  return conditions;
}
