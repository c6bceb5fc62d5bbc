import { Injectable } from '@nestjs/common';
import { EventStreams } from '../../../platform/postgres/event-streams.js';
import { Notifications } from '../../../platform/postgres/notifications.js';
import { TERMINAL_STATUSES } from '../../approvals/index.js';
import type { ChangeEvent, ChangeRecord } from './change-record.js';
import { ChangeRepository } from './ports/change-repository.port.js';

/** Postgres channel that is notified with a change's id when it has new events. */
export const CHANGE_EVENTS_CHANNEL = 'node_steward_kubelet_config_changes';

/** Live news of one change, from Postgres, in any process. Check access before. */
@Injectable()
export class ChangeFeed {
  private readonly streams: EventStreams<ChangeEvent>;

  constructor(changes: ChangeRepository, notifications: Notifications) {
    this.streams = new EventStreams(changes.log, notifications, CHANGE_EVENTS_CHANNEL);
  }

  /** Every event after `afterSeq`, in order and without gaps, until the change can't move any more or the signal aborts. */
  events(id: string, afterSeq: number, signal: AbortSignal): AsyncGenerator<ChangeEvent> {
    return this.streams.follow(id, afterSeq, signal);
  }

  /** Whether nothing comes after `afterSeq` any more. */
  isOver({ approval, lastSeq }: ChangeRecord, afterSeq: number): boolean {
    return TERMINAL_STATUSES.includes(approval.status) && lastSeq <= afterSeq;
  }
}
