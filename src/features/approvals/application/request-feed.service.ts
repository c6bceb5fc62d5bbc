import { Injectable } from '@nestjs/common';
import { EventStreams } from '../../../platform/postgres/event-streams.js';
import { Notifications } from '../../../platform/postgres/notifications.js';
import { TERMINAL_STATUSES } from '../domain/approval-state.js';
import type { ApprovalRecord, ApprovalRequestEvent } from './approval-record.js';
import { ApprovalRepository } from './ports/approval-repository.port.js';

/** Postgres channel that is notified with a request's id when it has new events. */
export const REQUEST_EVENTS_CHANNEL = 'node_steward_approval_requests';

/** Live events of one request, from Postgres, in any process. Check access before. */
@Injectable()
export class RequestFeed {
  private readonly streams: EventStreams<ApprovalRequestEvent>;

  constructor(requests: ApprovalRepository, notifications: Notifications) {
    this.streams = new EventStreams(requests.log, notifications, REQUEST_EVENTS_CHANNEL);
  }

  /** Every event after `afterSeq`, in order and without gaps, until the request can't move any more or the signal aborts. */
  events(id: string, afterSeq: number, signal: AbortSignal): AsyncGenerator<ApprovalRequestEvent> {
    return this.streams.follow(id, afterSeq, signal);
  }

  /** Whether nothing comes after `afterSeq` any more. */
  isOver({ approval, lastSeq }: Pick<ApprovalRecord, 'approval' | 'lastSeq'>, afterSeq: number): boolean {
    return TERMINAL_STATUSES.includes(approval.status) && lastSeq <= afterSeq;
  }
}
