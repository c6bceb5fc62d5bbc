import { Injectable } from '@nestjs/common';
import type { Caller } from '../../../kernel/actor.js';
import { AuditTrail } from '../../../kernel/audit-trail.js';
import { DomainError } from '../../../kernel/domain-error.js';
import type { Page, PageRequest } from '../../../kernel/page.js';
import { AccessControl } from '../../access/index.js';
import type { AuditEvent, AuditFilter } from '../domain/audit-event.js';
import { AuditEventRepository } from './ports/audit-event.repository.js';

/** Who reads the trail leaves a record in it: the record is written first, so a read that fails is seen too. */
@Injectable()
export class ReadAuditTrail {
  constructor(
    private readonly access: AccessControl,
    private readonly trail: AuditTrail,
    private readonly events: AuditEventRepository,
  ) {}

  async list(caller: Caller, filter: AuditFilter, page: PageRequest): Promise<Page<AuditEvent>> {
    await this.recordRead(caller, { type: 'AuditTrail' }, { query: { ...filter, ...page } });
    return this.events.list(filter, page);
  }

  async get(caller: Caller, id: string): Promise<AuditEvent> {
    await this.recordRead(caller, { type: 'AuditEvent', uid: id });
    const event = await this.events.find(id);
    if (!event) throw new DomainError('NOT_FOUND', 'There is no audit event with this id.');
    return event;
  }

  private async recordRead(
    caller: Caller,
    resource: { type: string; uid?: string },
    after?: Record<string, unknown>,
  ): Promise<void> {
    const { policyIds } = await this.access.require(caller, 'audit.read', { type: 'System' });
    await this.trail.record([
      { kind: 'READ', caller, action: 'audit.read', resource, policyIds, ...(after ? { after } : {}) },
    ]);
  }
}
