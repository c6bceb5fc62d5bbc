import { Controller, Get, Headers, Param, Query, Res } from '@nestjs/common';
import { ApiOperation, ApiProduces, ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import type { Caller } from '../../../kernel/actor.js';
import { clientSignal } from '../../../platform/api/client-signal.js';
import { CurrentCaller } from '../../../platform/api/current-caller.decorator.js';
import { ApiProblems } from '../../../platform/rest/api-problems.decorator.js';
import { streamEvents } from '../../../platform/rest/event-stream.js';
import { streamText } from '../../../platform/rest/text-stream.js';
import type { ShownLog } from '../application/logs/log-record.service.js';
import { openLog } from '../application/logs/open-log.js';
import { ShowLogsService } from '../application/logs/show-logs.service.js';
import { NodeLogsQuery, PodLogsQuery } from './dto/log-query.dto.js';

const EVENTS = 'text/event-stream';
const END_TRAILER = 'X-Log-Ended-By';
const NOTICES_TRAILER = 'X-Log-Notices';

@ApiTags('Logs')
@Controller('clusters/:cluster')
export class LogsController {
  constructor(private readonly logs: ShowLogsService) {}

  @Get('nodes/:node/logs')
  @ApiProblems('NOT_FOUND', 'KUBELET_UNAVAILABLE', 'KUBELET_FORBIDDEN', 'KUBELET_FEATURE_DISABLED', 'KUBELET_REFUSED')
  @ApiOperation({ operationId: 'getNodeLogs', summary: 'Journal of services of a node, as text or server-sent events' })
  @ApiProduces('text/plain', EVENTS)
  async ofNode(
    @CurrentCaller() caller: Caller,
    @Param('cluster') cluster: string,
    @Param('node') node: string,
    @Query() query: NodeLogsQuery,
    @Headers('accept') accept: string | undefined,
    @Headers('last-event-id') lastEventId: string | undefined,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    const left = clientSignal(reply);
    const after = lastEventId || query.after;
    const log = await this.logs.ofNode(caller, { ...query, cluster, node, after }, query);
    await this.send({ reply, caller, left, log }, accept);
  }

  @Get('namespaces/:namespace/pods/:pod/logs')
  @ApiProblems('KUBELET_UNAVAILABLE', 'KUBELET_FORBIDDEN', 'KUBELET_FEATURE_DISABLED', 'KUBELET_REFUSED')
  @ApiOperation({ operationId: 'getPodLogs', summary: 'Log of a container, as text or server-sent events' })
  @ApiProduces('text/plain', EVENTS)
  async ofPod(
    @CurrentCaller() caller: Caller,
    @Param('cluster') cluster: string,
    @Param('namespace') namespace: string,
    @Param('pod') pod: string,
    @Query() query: PodLogsQuery,
    @Headers('accept') accept: string | undefined,
    @Headers('last-event-id') lastEventId: string | undefined,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    const left = clientSignal(reply);
    const asked = { ...query, cluster, namespace, pod, after: lastEventId || query.after };
    await this.send({ reply, caller, left, log: await this.logs.ofPod(caller, asked, query) }, accept);
  }

  private async send(asked: AskedLog, accept: string | undefined): Promise<void> {
    const abort = new AbortController();
    endWith(asked.left, abort);
    try {
      if (accept?.includes(EVENTS)) await sendEvents(asked, abort);
      else await sendText(asked, abort);
    } finally {
      abort.abort();
      await asked.log.close();
    }
  }
}

interface AskedLog {
  reply: FastifyReply;
  caller: Caller;
  /** Aborts when the client leaves. */
  left: AbortSignal;
  log: ShownLog;
}

/** Reading begins before the answer does, so that a refusal is a problem document and not a broken stream. */
async function sendEvents({ reply, caller, log }: AskedLog, abort: AbortController): Promise<void> {
  const batches = await openLog(log.lines(abort.signal));
  await streamEvents(
    reply,
    async function* (signal) {
      endWith(signal, abort);
      for await (const batch of batches) {
        for (const { id, at, text } of batch) yield { id, event: 'line', data: { at, text } };
      }
      for (const message of log.notices) yield { event: 'notice', data: { message } };
      yield { event: 'end', data: { endedBy: log.endedBy } };
    },
    { caller },
  );
}

async function sendText({ reply, caller, log }: AskedLog, abort: AbortController): Promise<void> {
  const chunks = await openLog(log.text(abort.signal));
  // Text has no room for it: a trailer says whether all was told.
  reply.header('trailer', `${END_TRAILER}, ${NOTICES_TRAILER}`);
  await streamText(
    reply,
    async function* (signal) {
      endWith(signal, abort);
      yield* chunks;
      const notices = log.notices.length > 0 ? { [NOTICES_TRAILER]: headerText(log.notices) } : {};
      if (log.endedBy) reply.raw.addTrailers({ [END_TRAILER]: log.endedBy, ...notices });
    },
    { caller },
  );
}

function endWith(signal: AbortSignal, abort: AbortController): void {
  if (signal.aborted) abort.abort(signal.reason);
  else signal.addEventListener('abort', () => abort.abort(signal.reason), { once: true });
}

/** Headers take printable ASCII. */
const headerText = (notices: readonly string[]): string =>
  notices
    .join('; ')
    .replace(/[^ -~]/g, '?')
    .slice(0, 1000);
