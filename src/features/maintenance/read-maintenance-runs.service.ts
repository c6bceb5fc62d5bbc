import { Injectable } from '@nestjs/common';
import type { Caller } from '../../kernel/actor.js';
import { type Page, type PageRequest, visiblePage } from '../../kernel/page.js';
import { EventStreams } from '../../platform/postgres/event-streams.js';
import { Notifications } from '../../platform/postgres/notifications.js';
import { OPERATION_EVENTS_CHANNEL } from '../operations/model.js';
import { MaintenanceAccess, runNotFound } from './maintenance-access.service.js';
import type { StoredMaintenanceEvent } from './maintenance-event.js';
import { isRunOver } from './maintenance-run.js';
import type { MaintenanceRunRecord } from './maintenance-run-record.js';
import { type MaintenanceRunFilter, MaintenanceRunRepository } from './maintenance-run-repository.port.js';

@Injectable()
export class ReadMaintenanceRuns {
  private readonly streams: EventStreams<StoredMaintenanceEvent>;

  constructor(
    private readonly runs: MaintenanceRunRepository,
    private readonly access: MaintenanceAccess,
    notifications: Notifications,
  ) {
    this.streams = new EventStreams(runs.log, notifications, OPERATION_EVENTS_CHANNEL);
  }

  /** @throws DomainError NOT_FOUND, FORBIDDEN */
  async get(caller: Caller, id: string): Promise<MaintenanceRunRecord> {
    const record = await this.runs.find(id);
    if (!record) throw runNotFound(id);
    await this.access.requireRun(caller, 'maintenance-run.read', record);
    return record;
  }

  /** Newest first, only what the caller may see. */
  async list(caller: Caller, filter: MaintenanceRunFilter, page: PageRequest): Promise<Page<MaintenanceRunRecord>> {
    return visiblePage(
      page,
      (request) => this.runs.list(filter, request),
      (records) => records.filter((record) => this.access.mayRead(caller.actor, record)),
    );
  }

  /** Every event after `afterSeq`, until the run has ended or the signal aborts. Check access before. */
  events(id: string, afterSeq: number, signal: AbortSignal): AsyncGenerator<StoredMaintenanceEvent> {
    return this.streams.follow(id, afterSeq, signal);
  }

  /** Whether nothing comes after `afterSeq` any more. */
  isOver({ run, lastSeq }: MaintenanceRunRecord, afterSeq: number): boolean {
    return isRunOver(run.state) && lastSeq <= afterSeq;
  }
}
