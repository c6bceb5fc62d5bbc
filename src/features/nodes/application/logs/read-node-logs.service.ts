import type { Readable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { Injectable } from '@nestjs/common';
import { Clock } from '../../../../kernel/clock.js';
import { DomainError } from '../../../../kernel/domain-error.js';
import { KubeletClient } from '../../../../platform/kubernetes/kubelet/kubelet-client.js';
import { isJournalNote, journalRefusal, journalStamp } from './journal-line.js';
import { journalText } from './journal-text.js';
import { idOf, type LogLine, PositionCounter, positionOf } from './log-line.js';
import { readLines, readWholeLines } from './read-lines.js';
import { ToldLines } from './told-lines.js';

export interface NodeLogRequest {
  readonly cluster: string;
  readonly node: string;
  readonly service: readonly string[];
  readonly since?: Date;
  readonly until?: Date;
  readonly tail?: number;
  readonly pattern?: string;
  readonly boot?: number;
  readonly follow: boolean;
  /** Id of the last line the caller has. */
  readonly after?: string;
}

interface Stamped {
  readonly text: string;
  readonly stamp: string;
}

const DEFAULT_TAIL = 1000;
const POLL_MS = 1000;
const LONGEST_RETRY_MS = 10_000;
/** Lines are not strictly in order of the time they show; each poll looks back this far and leaves out what was told. */
const OVERLAP_MS = 2000;
const MAX_TAIL = 100_000;

/** The journal of a node. The kubelet can't follow, so this asks again and again from shortly before the last line. */
@Injectable()
export class ReadNodeLogsService {
  constructor(
    private readonly kubelets: KubeletClient,
    private readonly clock: Clock,
  ) {}

  /** Batches of lines. @throws DomainError of KubeletClient; KUBELET_REFUSED when the journal can't answer the query */
  async *lines(request: NodeLogRequest, signal: AbortSignal): AsyncGenerator<LogLine[]> {
    const resume = request.after === undefined ? undefined : positionOf(request.after);
    const counter = new PositionCounter();
    const emit = ({ stamp, text }: Stamped): LogLine => ({
      id: idOf(counter.next(stamp)),
      at: new Date(stamp),
      text,
    });
    const from = resume ? new Date(Date.parse(resume.stamp)) : this.start(request);
    // With an end, the last lines before it are wanted: the kubelet would count from its own end.
    const ownTail = request.until && !request.follow && !resume ? request.tail : undefined;
    const tail = resume || ownTail !== undefined ? undefined : this.tailOf(request);
    const told = new ToldLines();
    let latest = from.getTime();
    // What is older was left out on purpose, by the tail or because the caller has it: looking back must not bring it.
    let floor = resume?.stamp ?? (tail === undefined ? stampOf(from) : undefined);
    const begun = this.clock.now();
    let kept: Stamped[] = [];
    let toSkip = resume?.count ?? 0;
    let toldAny = false;
    // A reading that breaks off is taken up by the polls of a follow; one that never began is a failure to tell.
    const mayBreak = (error: unknown) => request.follow && toldAny && !signal.aborted && isPassing(error);
    for await (const batch of untilFailure(this.read(request, from, tail, signal), mayBreak)) {
      const fresh = batch.filter((line) => {
        if (!isBefore(line.stamp, request.until)) return false;
        if (!resume) return true;
        if (line.stamp < resume.stamp) return told.remember(line.text, Date.parse(line.stamp), false);
        if (line.stamp > resume.stamp || toSkip === 0) return true;
        toSkip -= 1;
        counter.next(line.stamp);
        return told.remember(line.text, Date.parse(line.stamp), false);
      });
      for (const { text, stamp } of fresh) {
        const at = Date.parse(stamp);
        latest = Math.max(latest, at);
        floor ??= stamp;
        if (request.follow) told.remember(text, at, true);
        toldAny = true;
      }
      told.forgetBefore(overlapOf(latest));
      if (ownTail === undefined) yield fresh.map(emit);
      else kept = [...kept, ...fresh].slice(ownTail === 0 ? MAX_TAIL : -Math.min(ownTail, MAX_TAIL));
    }
    if (kept.length > 0) yield kept.map(emit);
    if (!request.follow) return;
    if (floor === undefined) latest = begun.getTime();
    yield* this.follow(request, { latest, floor: floor ?? stampOf(begun) }, told, emit, signal);
  }

  /** The text alone of a log that ends by itself, as many lines at a time as the kubelet sends. Null where each has to be looked at. */
  text(request: NodeLogRequest, signal: AbortSignal): AsyncGenerator<Buffer> | null {
    const { follow, after, until } = request;
    return follow || after !== undefined || until ? null : this.readText(request, signal);
  }

  private async *readText(request: NodeLogRequest, signal: AbortSignal): AsyncGenerator<Buffer> {
    const stream = await this.open(request, this.start(request), this.tailOf(request), signal);
    try {
      yield* journalText(readWholeLines(stream), this.clock.now(), (why) => refused(request.node, why));
    } finally {
      stream.destroy();
    }
  }

  private async *follow(
    request: NodeLogRequest,
    { latest: start, floor }: { latest: number; floor: string },
    told: ToldLines,
    emit: (line: Stamped) => LogLine,
    signal: AbortSignal,
  ): AsyncGenerator<LogLine[]> {
    let latest = start;
    let failures = 0;
    while (!signal.aborted && !this.isOver(request)) {
      const pause = failures === 0 ? POLL_MS : Math.min(LONGEST_RETRY_MS, POLL_MS * 2 ** failures);
      await sleep(pause, undefined, { signal }).catch(() => undefined);
      if (signal.aborted) return;
      // Lines of the overlap can come in any order, so a poll is compared as a whole with what was told.
      const since = overlapOf(latest);
      const round = told.round(since);
      try {
        for await (const batch of this.read(request, new Date(since), undefined, signal)) {
          const fresh = batch.filter(
            ({ text, stamp }) =>
              stamp >= floor && round.isNew(text, Date.parse(stamp)) && isBefore(stamp, request.until),
          );
          for (const { stamp } of fresh) latest = Math.max(latest, Date.parse(stamp));
          if (fresh.length > 0) yield fresh.map(emit);
        }
        failures = 0;
      } catch (error) {
        if (signal.aborted) return;
        if (!isPassing(error)) throw error;
        failures = Math.min(failures + 1, 4);
      }
    }
  }

  private async *read(
    request: NodeLogRequest,
    sinceTime: Date,
    tailLines: number | undefined,
    signal: AbortSignal,
  ): AsyncGenerator<Stamped[]> {
    const stream = await this.open(request, sinceTime, tailLines, signal);
    const now = this.clock.now();
    let stamp: string | undefined;
    try {
      for await (const lines of readLines(stream)) {
        const batch: Stamped[] = [];
        for (const text of lines) {
          const own = journalStamp(text, now);
          stamp = own ?? stamp;
          if (own === undefined && isJournalNote(text)) continue;
          if (own === undefined) {
            const refusal = journalRefusal(text);
            if (stamp === undefined && refusal !== undefined) throw refused(request.node, refusal);
            // The further lines of one entry follow it without a time; empty ones before the first are the kubelet's.
            if (stamp === undefined || text === '') continue;
          }
          batch.push({ text, stamp: stamp as string });
        }
        if (batch.length > 0) yield batch;
      }
    } finally {
      stream.destroy();
    }
  }

  private open(
    { cluster, node, service: services, pattern, boot }: NodeLogRequest,
    sinceTime: Date,
    tailLines: number | undefined,
    signal: AbortSignal,
  ): Promise<Readable> {
    return this.kubelets.nodeLogs(cluster, node, { services, sinceTime, tailLines, pattern, boot }, { signal });
  }

  private start({ since, boot }: NodeLogRequest): Date {
    return since ?? (boot === undefined ? new Date(this.clock.now().getTime() - 30 * 24 * 3600_000) : new Date(0));
  }

  private tailOf({ tail, since }: NodeLogRequest): number | undefined {
    return tail ?? (since === undefined ? DEFAULT_TAIL : undefined);
  }

  private isOver({ until }: NodeLogRequest): boolean {
    return until !== undefined && this.clock.now().getTime() > until.getTime() + OVERLAP_MS;
  }
}

/** Ends without a word at a failure that is no matter. */
async function* untilFailure<T>(source: AsyncGenerator<T>, noMatter: (error: unknown) => boolean): AsyncGenerator<T> {
  try {
    yield* source;
  } catch (error) {
    if (!noMatter(error)) throw error;
  }
}

/** Where the next poll begins: the kubelet takes whole seconds. */
const overlapOf = (latest: number): number => Math.floor((latest - OVERLAP_MS) / 1000) * 1000;

/** As the journal writes it, with microseconds, so that the texts compare. */
const stampOf = (time: Date): string => time.toISOString().replace('Z', '000Z');

const isBefore = (stamp: string, until: Date | undefined): boolean =>
  until === undefined || Date.parse(stamp) <= until.getTime();

/** A kubelet that restarts comes back; one that refuses will refuse again. */
function isPassing(error: unknown): boolean {
  return (
    !(error instanceof DomainError) || error.code === 'KUBELET_UNAVAILABLE' || error.code === 'CLUSTER_UNAVAILABLE'
  );
}

function refused(node: string, why: string): DomainError {
  return new DomainError('KUBELET_REFUSED', `The log of node "${node}" can't be shown: ${why}.`, {
    extensions: { node },
  });
}
