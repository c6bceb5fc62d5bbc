import type { FastifyReply } from 'fastify';
import type { Caller } from '../../../kernel/actor.js';
import { lastEventId, streamLog } from '../../../platform/rest/event-stream.js';
import type { ApprovalRecord } from '../application/approval-record.js';
import type { RequestFeed } from '../application/request-feed.service.js';
import { eventDto } from './approval-request.mapper.js';

/** Answers with the events of a request that the caller may see, from where the client has them. */
export async function streamRequest(
  reply: FastifyReply,
  caller: Caller,
  feed: RequestFeed,
  request: Pick<ApprovalRecord, 'id' | 'approval' | 'lastSeq'>,
  lastEvent: string | undefined,
): Promise<void> {
  const after = lastEventId(lastEvent);
  await streamLog(reply, {
    caller,
    isOver: feed.isOver(request, after),
    events: (signal) => feed.events(request.id, after, signal),
    shown: (event) => ({ event: event.type, data: eventDto(event) }),
  });
}
