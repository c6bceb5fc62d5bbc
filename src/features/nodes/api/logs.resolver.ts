import { Args, Query, Resolver, Subscription } from '@nestjs/graphql';
import type { Caller } from '../../../kernel/actor.js';
import { endWithReader } from '../../../platform/graphql/end-with-reader.js';
import { CurrentCaller } from '../../../platform/http/current-caller.decorator.js';
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
  async nodeLog(@CurrentCaller() caller: Caller, @Args() args: NodeLogArgs): Promise<LogLinesDto> {
    return whole(await this.logs.ofNode(caller, { ...args, follow: false }, bounded(args)));
  }

  @Query(() => LogLinesDto, { description: 'Log of a container, up to 8 MiB; follow does nothing here.' })
  async podLog(@CurrentCaller() caller: Caller, @Args() args: PodLogArgs): Promise<LogLinesDto> {
    return whole(await this.logs.ofPod(caller, { ...args, follow: false }, bounded(args)));
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

async function whole(log: ShownLog): Promise<LogLinesDto> {
  const lines: LogLine[] = [];
  for await (const batch of log.lines(new AbortController().signal)) lines.push(...batch);
  return linesDto(lines, log);
}

function batches(log: ShownLog): AsyncIterableIterator<LogLinesDto> {
  return endWithReader(async function* (signal) {
    for await (const batch of log.lines(signal)) yield linesDto(batch, log);
    yield linesDto([], log);
  });
}

const linesDto = (lines: LogLine[], { endedBy, notices }: ShownLog): LogLinesDto => ({
  lines,
  notices: [...notices],
  endCursor: lines.at(-1)?.id ?? null,
  endedBy: endedBy ?? null,
});
