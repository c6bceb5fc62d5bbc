import type { FastifyReply } from 'fastify';
import type { Caller } from '../../../kernel/actor.js';
import { lastEventId, noMoreEvents, type StreamedEvent, streamEvents } from '../../../platform/rest/event-stream.js';
import type { ApprovalRecord, ApprovalRequestEvent } from '../application/approval-record.js';
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
  if (feed.isOver(request, after)) return noMoreEvents(reply);
  await streamEvents(reply, (signal) => streamed(feed.events(request.id, after, signal)), { caller });
}

async function* streamed(events: AsyncGenerator<ApprovalRequestEvent>): AsyncGenerator<StreamedEvent> {
  for await (const event of events) yield { id: event.seq, event: event.type, data: eventDto(event) };
}
