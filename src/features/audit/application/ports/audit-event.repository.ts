import type { Page, PageRequest } from '../../../../kernel/page.js';
import type { AuditEvent, AuditFilter } from '../../domain/audit-event.js';

/** Reads the trail. Writing is AuditTrail's alone. */
export abstract class AuditEventRepository {
  /** Newest first; pages stay stable while events are added. */
  abstract list(filter: AuditFilter, page: PageRequest): Promise<Page<AuditEvent>>;

  abstract find(id: string): Promise<AuditEvent | null>;
}
