import { setTimeout as sleep } from 'node:timers/promises';
import { Injectable } from '@nestjs/common';
import { Clock } from '../../../../kernel/clock.js';
import { DomainError } from '../../../../kernel/domain-error.js';
import { journalText } from './journal-text.js';
import { resolvedToFiles, wordsOf } from './kubelet-words.js';
import { between, isBefore, lastOf, untilFailure } from './log-batches.js';
import { EARLIEST, type Stamped } from './log-entries.js';
import { idOf, type LogLine, PositionCounter, positionOf } from './log-line.js';
import { type NodeLogRequest, stampOf } from './node-log-request.js';
import { NodeLogSource } from './node-log-source.service.js';
import { readWholeLines } from './read-lines.js';
import { ToldLines } from './told-lines.js';

const DEFAULT_TAIL = 1000;
const DEFAULT_WINDOW_MS = 30 * 24 * 3600_000;
const POLL_MS = 1000;
const LONGEST_RETRY_MS = 10_000;
/** Lines are not strictly in order of the time they show; each poll looks back this far and leaves out what was told. */
const OVERLAP_MS = 2000;
/** Says something else each time that it is asked. */
const BEGIN_NOTE = /^-- (Logs|Journal) begin/;

/** Where a follow stands. */
interface Place {
  readonly latest: number;
  /** What is older was left out on purpose, by the tail or because the caller has it: looking back must not bring it. */
  readonly floor: string;
  readonly told: ToldLines;
  /** Whether there was any line, shown or not. */
  readonly any: boolean;
}

/** The logs of a node. The kubelet can't follow, so this asks again and again for what is new. */
@Injectable()
export class ReadNodeLogsService {
  constructor(
    private readonly source: NodeLogSource,
    private readonly clock: Clock,
  ) {}

  /**
   * Batches of lines. What the kubelet says beside them goes to `notices`.
   * @throws DomainError of KubeletClient; KUBELET_REFUSED with the kubelet's words when there is nothing else
   */
  async *lines(request: NodeLogRequest, signal: AbortSignal, notices: string[]): AsyncGenerator<LogLine[]> {
    const counter = new PositionCounter();
    const emit = ({ stamp, text }: Stamped): LogLine => ({
      id: idOf(counter.next(stamp)),
      at: stamp === EARLIEST ? null : new Date(stamp),
      text,
    });
    if (request.file !== undefined) {
      yield* this.ofFile(request, emit, signal, notices);
      return;
    }
    const words: string[] = [];
    const place = yield* this.begin(request, counter, emit, signal, words);
    if (place.any || words.length === 0) {
      notices.push(...words);
      if (request.follow) yield* this.follow(request, place, emit, signal);
    } else if (resolvedToFiles(words) && request.boot === undefined) {
      for (const service of request.service)
        yield* this.ofFile({ ...request, service: [service] }, emit, signal, notices);
    } else throw refused(request.node, words);
  }

  /** The text alone of a log that ends by itself, as many lines at a time as the kubelet sends. Null where each has to be looked at. */
  text(request: NodeLogRequest, signal: AbortSignal, notices: string[]): AsyncGenerator<Buffer> | null {
    const { follow, after, since, until, pattern, file, boot } = request;
    const plain = [after, since, until, pattern, file].every((value) => value === undefined);
    return plain && !follow && !(boot !== undefined && request.tail === undefined)
      ? this.readText(request, signal, notices)
      : null;
  }

  private async *readText(request: NodeLogRequest, signal: AbortSignal, notices: string[]): AsyncGenerator<Buffer> {
    const words: string[] = [];
    let any = false;
    const stream = await this.source.open(request, { tail: request.tail ?? DEFAULT_TAIL }, signal);
    try {
      for await (const chunk of journalText(readWholeLines(stream), words)) {
        any = true;
        yield chunk;
      }
    } finally {
      stream.destroy();
    }
    if (any || words.length === 0) {
      notices.push(...words);
      return;
    }
    for await (const batch of this.lines(request, signal, notices))
      yield Buffer.from(batch.map(({ text }) => `${text}\n`).join(''));
  }

  /** What is there already; returns where a follow goes on. */
  private async *begin(
    request: NodeLogRequest,
    counter: PositionCounter,
    emit: (line: Stamped) => LogLine,
    signal: AbortSignal,
    words: string[],
  ): AsyncGenerator<LogLine[], Place> {
    const resume = request.after === undefined ? undefined : positionOf(request.after);
    const told = new ToldLines();
    const begun = this.clock.now();
    let latest = (resume ? Date.parse(resume.stamp) : request.since?.getTime()) ?? 0;
    let floor = resume?.stamp ?? (request.since && request.tail === undefined ? stampOf(request.since) : undefined);
    let toSkip = resume?.count ?? 0;
    const isFresh = ({ stamp, text }: Stamped) => {
      if (!resume) return true;
      if (stamp < resume.stamp) return told.remember(text, Date.parse(stamp), false);
      if (stamp > resume.stamp || toSkip === 0) return true;
      toSkip -= 1;
      counter.next(stamp);
      return told.remember(text, Date.parse(stamp), false);
    };
    let toldAny = false;
    // A reading that breaks off is taken up by the polls of a follow; one that never began is a failure to tell.
    const mayBreak = (error: unknown) => request.follow && toldAny && !signal.aborted && isPassing(error);
    for await (const batch of untilFailure(this.first(request, resume?.stamp, words, signal), mayBreak)) {
      const fresh = batch.filter(isFresh);
      for (const { text, stamp } of fresh) {
        latest = Math.max(latest, Date.parse(stamp));
        floor ??= stamp;
        if (request.follow) told.remember(text, Date.parse(stamp), true);
        toldAny = true;
      }
      told.forgetBefore(overlapOf(latest));
      // Of a tail of no lines the last one is read, for its place.
      if (request.tail === 0 && !resume) continue;
      if (fresh.length > 0) yield fresh.map(emit);
    }
    if (floor === undefined) latest = begun.getTime();
    return { latest, floor: floor ?? stampOf(begun), told, any: toldAny };
  }

  /** What is there when reading begins: within the asked times, in order, the last lines where a tail is asked for. */
  private first(
    request: NodeLogRequest,
    resumeAt: string | undefined,
    words: string[],
    signal: AbortSignal,
  ): AsyncGenerator<Stamped[]> {
    const { since, pattern, follow, boot } = request;
    const until = follow ? undefined : request.until;
    const within = (lines: AsyncIterable<Stamped[]>) => between(lines, since, request.until);
    if (resumeAt !== undefined) {
      const from = new Date(resumeAt);
      const stretch = { since: from, until };
      return between(
        until ? this.source.window(request, stretch, words, signal) : this.source.from(request, from, words, signal),
        undefined,
        request.until,
      );
    }
    const tail = request.tail ?? (since === undefined ? DEFAULT_TAIL : undefined);
    if (until) {
      // The kubelet would count from its own end.
      const start = since ?? (boot === undefined ? new Date(until.getTime() - DEFAULT_WINDOW_MS) : undefined);
      return lastOf(within(this.source.window(request, { since: start, until }, words, signal)), tail);
    }
    if (since === undefined)
      return within(this.source.newest(request, follow ? tail || 1 : (tail ?? 0), words, signal));
    if (tail === undefined) return within(this.source.from(request, since, words, signal));
    return pattern === undefined
      ? within(this.source.newest(request, follow ? tail || 1 : tail, words, signal))
      : lastOf(within(this.source.window(request, { since }, words, signal)), follow ? tail || 1 : tail);
  }

  private async *ofFile(
    request: NodeLogRequest,
    emit: (line: Stamped) => LogLine,
    signal: AbortSignal,
    notices: string[],
  ): AsyncGenerator<LogLine[]> {
    const { since, until, tail, after, node, follow } = request;
    const words: string[] = [];
    const whole = between(this.source.file(request, words, signal), since, until);
    const wanted = after === undefined ? (tail ?? (since === undefined ? DEFAULT_TAIL : undefined)) : undefined;
    let skip = after !== undefined;
    for await (const batch of lastOf(whole, wanted)) {
      const lines = batch.map(emit);
      const at = skip ? lines.findIndex(({ id }) => id === after) : -1;
      const fresh = skip && at < 0 ? [] : lines.slice(at + 1);
      skip &&= at < 0;
      if (fresh.length > 0) yield fresh;
    }
    if (words.length > 0) throw refused(node, words);
    if (follow) notices.push('The kubelet serves this log as a file, which it can not follow.');
  }

  private async *follow(
    request: NodeLogRequest,
    { latest: start, floor, told }: Place,
    emit: (line: Stamped) => LogLine,
    signal: AbortSignal,
  ): AsyncGenerator<LogLine[]> {
    let latest = start;
    let failures = 0;
    let expected = 0;
    while (!signal.aborted && !this.isOver(request)) {
      const pause = failures === 0 ? POLL_MS : Math.min(LONGEST_RETRY_MS, POLL_MS * 2 ** failures);
      await sleep(pause, undefined, { signal }).catch(() => undefined);
      if (signal.aborted) return;
      // Lines of the overlap can come in any order, so a poll is compared as a whole with what was told.
      const since = overlapOf(latest);
      const round = told.round(since);
      try {
        // With a pattern many polls may bring nothing: what was there before one need not be looked through again.
        const looked = request.pattern === undefined ? 0 : (await this.source.zoneOf(request, signal)).newest;
        let recent = 0;
        for await (const batch of this.source.from(request, new Date(since), [], signal, expected * 1.3)) {
          const fresh = batch.filter(({ text, stamp }) => {
            const at = Date.parse(stamp);
            if (at < since || stamp < floor || BEGIN_NOTE.test(text)) return false;
            recent += 1;
            return round.isNew(text, at) && isBefore(stamp, request.until);
          });
          for (const { stamp } of fresh) latest = Math.max(latest, Date.parse(stamp));
          if (fresh.length > 0) yield fresh.map(emit);
        }
        expected = recent;
        latest = Math.max(latest, looked);
        failures = 0;
      } catch (error) {
        if (signal.aborted) return;
        if (!isPassing(error)) throw error;
        failures = Math.min(failures + 1, 4);
      }
    }
  }

  private isOver({ until }: NodeLogRequest): boolean {
    return until !== undefined && this.clock.now().getTime() > until.getTime() + OVERLAP_MS;
  }
}

/** Where the next poll begins. */
const overlapOf = (latest: number): number => Math.floor((latest - OVERLAP_MS) / 1000) * 1000;

/** A kubelet that restarts comes back; one that refuses will refuse again. */
function isPassing(error: unknown): boolean {
  return (
    !(error instanceof DomainError) || error.code === 'KUBELET_UNAVAILABLE' || error.code === 'CLUSTER_UNAVAILABLE'
  );
}

function refused(node: string, words: readonly string[]): DomainError {
  return new DomainError('KUBELET_REFUSED', `The log of node "${node}" can't be shown: ${why(words)}`, {
    extensions: { node },
  });
}

/** What people look for, before the kubelet's own words. */
function why(words: readonly string[]): string {
  if (words.some((line) => /No such boot|specified boot/.test(line)))
    return `the journal has no such boot: ${wordsOf(words)}`;
  if (words.some((line) => line.startsWith('log not found for')))
    return `one of the services has no journal: ${wordsOf(words)}`;
  return wordsOf(words);
}
