import { Args, Context, Query, Resolver, Subscription } from '@nestjs/graphql';
import type { Caller } from '../../../kernel/actor.js';
import { clientSignal } from '../../../platform/api/client-signal.js';
import { CurrentCaller } from '../../../platform/api/current-caller.decorator.js';
import type { GraphqlContext } from '../../../platform/api/request-of.js';
import { whileCredentialHolds } from '../../../platform/api/while-credential-holds.js';
import { endWithReader } from '../../../platform/graphql/end-with-reader.js';
import type { LogLine } from '../application/logs/log-line.js';
import type { ShownLog } from '../application/logs/log-record.service.js';
import { ShowLogsService } from '../application/logs/show-logs.service.js';
import { LogLinesDto, NodeLogArgs, PodLogArgs } from './dto/graphql-logs.dto.js';

/** An answer is held in memory as a whole; more than this is for the streams. */
const MAX_ANSWER_BYTES = 8 * 1024 * 1024;
const batchOf = (batch: unknown) => batch;

@Resolver()
export class LogsResolver {
  constructor(private readonly logs: ShowLogsService) {}

  @Query(() => LogLinesDto, { description: 'Journal of services of a node, up to 8 MiB; follow does nothing here.' })
  async nodeLog(
    @CurrentCaller() caller: Caller,
    @Args() args: NodeLogArgs,
    @Context() context: GraphqlContext,
  ): Promise<LogLinesDto> {
    const left = readerOf(context);
    const log = await this.logs.ofNode(caller, { ...args, follow: false }, bounded(args));
    return whileCredentialHolds(caller, left, (signal) => whole(log, signal));
  }

  @Query(() => LogLinesDto, { description: 'Log of a container, up to 8 MiB; follow does nothing here.' })
  async podLog(
    @CurrentCaller() caller: Caller,
    @Args() args: PodLogArgs,
    @Context() context: GraphqlContext,
  ): Promise<LogLinesDto> {
    const left = readerOf(context);
    const log = await this.logs.ofPod(caller, { ...args, follow: false }, bounded(args));
    return whileCredentialHolds(caller, left, (signal) => whole(log, signal));
  }

  @Subscription(() => LogLinesDto, { description: 'Journal of services of a node, as it grows.', resolve: batchOf })
  async nodeLogLines(@CurrentCaller() caller: Caller, @Args() args: NodeLogArgs) {
    const { limitBytes, limitSeconds } = args;
    return batches(await this.logs.ofNode(caller, { ...args, follow: true }, { limitBytes, limitSeconds }));
  }

  @Subscription(() => LogLinesDto, { description: 'Log of a container, as it grows.', resolve: batchOf })
  async podLogLines(@CurrentCaller() caller: Caller, @Args() args: PodLogArgs) {
    const { limitBytes, limitSeconds } = args;
    return batches(await this.logs.ofPod(caller, { ...args, follow: true }, { limitBytes, limitSeconds }));
  }
}

const bounded = ({ limitBytes, limitSeconds, limitLines }: NodeLogArgs | PodLogArgs) => ({
  limitBytes: Math.min(limitBytes, MAX_ANSWER_BYTES),
  limitSeconds,
  limitLines,
});

/** Aborts when the caller of a query leaves. */
function readerOf({ request }: GraphqlContext): AbortSignal {
  return request.reply ? clientSignal(request.reply) : new AbortController().signal;
}

async function whole(log: ShownLog, left: AbortSignal): Promise<LogLinesDto> {
  const lines: LogLine[] = [];
  try {
    for await (const batch of log.lines(left)) lines.push(...batch);
  } finally {
    await log.close();
  }
  return linesDto(lines, log);
}

function batches(log: ShownLog): AsyncIterableIterator<LogLinesDto> {
  const answers = async function* (signal: AbortSignal) {
    for await (const batch of log.lines(signal)) yield linesDto(batch, log);
    yield linesDto([], log);
  };
  return endWithReader(
    answers,
    (answer) => answer,
    () => log.close(),
  );
}

const linesDto = (lines: LogLine[], { endedBy, notices }: ShownLog): LogLinesDto => ({
  lines,
  notices: [...notices],
  endCursor: lines.at(-1)?.id ?? null,
  endedBy: endedBy ?? null,
});
