import { Injectable } from '@nestjs/common';
import type { Caller } from '../../../../kernel/actor.js';
import { encodeCursor, type Page, type PageRequest } from '../../../../kernel/page.js';
import { tell } from '../../../../platform/postgres/story.js';
import { isRunOver, type RunState } from '../../domain/maintenance/maintenance-run.js';
import { OperationFeed } from '../operation-feed.service.js';
import { type MaintenanceRunFilter, MaintenanceRunRepository } from '../ports/maintenance-run-repository.port.js';
import { MaintenanceAccess, runNotFound } from './maintenance-access.service.js';
import type { StoredMaintenanceEvent } from './maintenance-event.js';
import type { MaintenanceRunRecord } from './maintenance-run-record.js';

const BATCH = 200;
/** A list whose reader may see next to nothing must not read the whole table. */
const MAX_ROUNDS = 20;

@Injectable()
export class ReadMaintenanceRuns {
  constructor(
    private readonly runs: MaintenanceRunRepository,
    private readonly access: MaintenanceAccess,
    private readonly feed: OperationFeed,
  ) {}

  /** @throws DomainError NOT_FOUND, FORBIDDEN */
  async get(caller: Caller, id: string): Promise<MaintenanceRunRecord> {
    const record = await this.runs.find(id);
    if (!record) throw runNotFound(id);
    await this.access.requireRun(caller, 'maintenance-run.read', record);
    return record;
  }

  /** Newest first, only what the caller may see. */
  async list(caller: Caller, filter: MaintenanceRunFilter, page: PageRequest): Promise<Page<MaintenanceRunRecord>> {
    const seen: MaintenanceRunRecord[] = [];
    let { after } = page;
    let hasNextPage = false;
    for (let round = 0; round < MAX_ROUNDS; round++) {
      const found = await this.runs.list(filter, { first: page.first, ...(after === undefined ? {} : { after }) });
      const visible = found.items.filter((record) => this.access.mayRead(caller.actor, record));
      const room = page.first - seen.length;
      seen.push(...visible.slice(0, room));
      hasNextPage = visible.length > room || found.hasNextPage;
      if (seen.length >= page.first || !found.hasNextPage || found.endCursor === null) break;
      after = found.endCursor;
    }
    const cursors = seen.map((record) => encodeCursor([record.id]));
    return { items: seen, cursors, endCursor: cursors.at(-1) ?? null, hasNextPage };
  }

  /** Every event after `afterSeq`, until the run has ended or the signal aborts. Check access before. */
  events(id: string, afterSeq: number, signal: AbortSignal): AsyncGenerator<StoredMaintenanceEvent> {
    const story = {
      follow: (wake: () => void) => this.feed.follow(id, wake),
      after: (seq: number) => this.runs.events(id, seq, BATCH),
      endsAt: async (seq: number) => {
        const record = await this.runs.find(id);
        return record && isRunOver(record.run.state) && record.lastSeq <= seq;
      },
      isLast: ({ type, data }: StoredMaintenanceEvent) => type === 'STATE' && isRunOver(data.state as RunState),
    };
    return tell(story, afterSeq, signal);
  }
}
