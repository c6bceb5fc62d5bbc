import type { Readable } from 'node:stream';
import { Injectable } from '@nestjs/common';
import { RE2JS } from 're2js';
import { Clock } from '../../../../kernel/clock.js';
import { KubeletClient } from '../../../../platform/kubernetes/kubelet/kubelet-client.js';
import { zoneOfEntry } from './line-head.js';
import { datedFromNewest, type LogEntry, logEntries, type Stamped, stampedLines } from './log-entries.js';
import type { NodeLogRequest } from './node-log-request.js';
import { readLines } from './read-lines.js';
import { StampReader } from './stamp-reader.js';

/** How a reading is cut out of a log. */
interface Stretch {
  readonly tail?: number;
  readonly since?: Date;
  readonly until?: Date;
}

interface KnownZone {
  readonly offset: number | undefined;
  /** Time of the newest line of the kubelet, by the machine's clocks. */
  readonly newest: number;
  readonly at: number;
}

const HOUR_MS = 3600_000;
const YEAR_MS = 360 * 24 * HOUR_MS;
/** No zone is farther behind UTC, or ahead of it. */
const BEHIND_MS = 12 * HOUR_MS;
const AHEAD_MS = 14 * HOUR_MS;
/** Between a time in the log and now the machine's clocks may have been changed by so much. */
const CHANGE_MS = HOUR_MS;
const RECENT_MS = 5 * 60_000;
const ZONE_KEPT_MS = 60_000;
const ZONE_LINES = 50;
const MAX_ZONES = 20_000;
const FIRST_TAIL = 1000;
export const MAX_TAIL = 100_000;
/** Answers up to this size are held, so that they can be dated from their newest line. */
const HELD_LINES = 5000;
/** Journals that are read for their oldest line do not go back farther. */
const OLDEST_YEARS = 5;

/**
 * The journal of a node as the kubelet gives it, put in order. The kubelet hands journalctl a time without a zone, which
 * journalctl takes for the machine's own, and with such a time a tail counts from the oldest line. So a tail is always
 * asked for without a time, what is asked for by time is found by tails where that goes, and all is filtered by stamp.
 */
@Injectable()
export class NodeLogSource {
  private readonly zones = new Map<string, KnownZone>();

  constructor(
    private readonly kubelets: KubeletClient,
    private readonly clock: Clock,
  ) {}

  /** The newest lines. With a pattern journalctl gives the newest first. */
  async *newest(
    request: NodeLogRequest,
    tail: number,
    words: string[],
    signal: AbortSignal,
  ): AsyncGenerator<Stamped[]> {
    if (tail === 0) return;
    const now = this.clock.now();
    const answer = this.entries(request, { tail }, words, signal);
    if (request.pattern === undefined && tail > HELD_LINES) {
      yield* dated(answer, new StampReader({ now }));
      return;
    }
    const entries = await held(answer);
    yield datedFromNewest(entries, new StampReader({ now }, 'BACKWARDS'), this.isNewestFirst(request, entries, now));
  }

  /**
   * Everything from a time on, and a little before it. `expected` is how many lines may be new: the tails begin with it.
   */
  async *from(
    request: NodeLogRequest,
    since: Date,
    words: string[],
    signal: AbortSignal,
    expected?: number,
  ): AsyncGenerator<Stamped[]> {
    const now = this.clock.now();
    let tail = Math.min(MAX_TAIL, Math.max(20, Math.ceil(expected ?? FIRST_TAIL)));
    while (request.pattern === undefined && now.getTime() - since.getTime() < YEAR_MS) {
      const said: string[] = [];
      const answer = this.entries(request, { tail }, said, signal);
      const first = await answer.next();
      const oldest = first.done ? undefined : new StampReader({ now }).next(first.value[0]?.head ?? '');
      if (oldest === undefined || Date.parse(oldest) <= since.getTime()) {
        yield* dated(chained(first, answer), new StampReader({ now }));
        words.push(...said);
        return;
      }
      if (tail <= FIRST_TAIL) {
        // A short log is all there before its beginning is found.
        const entries = await held(chained(first, answer));
        if (entries.reduce((sum, { lines }) => sum + lines.length, 0) < tail) {
          yield datedFromNewest(entries, new StampReader({ now }, 'BACKWARDS'), false);
          words.push(...said);
          return;
        }
      } else await answer.return(undefined);
      if (tail >= MAX_TAIL) break;
      const reached = Math.max(1000, now.getTime() - Date.parse(oldest));
      const needed = (tail * (now.getTime() - since.getTime())) / reached;
      if (needed > 4 * MAX_TAIL) break;
      tail = Math.min(MAX_TAIL, Math.ceil(Math.max(8 * tail, 1.5 * needed)));
    }
    // Just now the machine's clocks were what they are.
    const recent = now.getTime() - since.getTime() < RECENT_MS;
    const margin = recent ? 0 : CHANGE_MS;
    yield* this.window(request, { since }, words, signal, {
      margin,
      zoneAge: expected === undefined ? 0 : ZONE_KEPT_MS,
    });
  }

  /** What was written between two times, and a little more, as far as the machine's zone is known. */
  async *window(
    request: NodeLogRequest,
    { since, until }: Stretch,
    words: string[],
    signal: AbortSignal,
    { margin, zoneAge } = { margin: CHANGE_MS, zoneAge: 0 },
  ): AsyncGenerator<Stamped[]> {
    const now = this.clock.now();
    const zone = since || until ? (await this.zoneOf(request, signal, zoneAge)).offset : undefined;
    const asked = {
      since: since && new Date(since.getTime() + (zone === undefined ? -BEHIND_MS : zone - margin)),
      // Some kubelets crash on an end without a start.
      until: since && until && new Date(until.getTime() + (zone === undefined ? AHEAD_MS : zone + CHANGE_MS)),
    };
    const from = since && (await this.beginning(request, since, signal));
    yield* dated(this.entries(request, asked, words, signal), new StampReader({ from, now }));
  }

  /** How far the clocks of the node are ahead of UTC; undefined where its kubelet's log does not tell. */
  async zoneOf(request: NodeLogRequest, signal: AbortSignal, maxAgeMs = ZONE_KEPT_MS): Promise<KnownZone> {
    const { cluster, node, kubeletUnit } = request;
    const key = `${cluster}/${node}`;
    const known = this.zones.get(key);
    const at = this.clock.now().getTime();
    if (known && at - known.at < maxAgeMs) return known;
    const asked = { cluster, node, kubeletUnit, service: [kubeletUnit], follow: false };
    const entries = await held(this.entries(asked, { tail: ZONE_LINES }, [], signal));
    const reader = new StampReader({ now: this.clock.now() }, 'BACKWARDS');
    // The newest counts: the clocks may have been changed meanwhile.
    const stamped = entries.toReversed().map(({ head = '' }) => ({ head, stamp: reader.next(head) ?? '' }));
    const offset = stamped.map(({ head, stamp }) => zoneOfEntry(head, stamp)).find((found) => found !== undefined);
    const zone = { offset, newest: Date.parse(stamped[0]?.stamp ?? '') || 0, at };
    if (this.zones.size >= MAX_ZONES) this.zones.clear();
    this.zones.set(key, zone);
    return zone;
  }

  /** A file under /var/log, or the log of a service that the kubelet finds there: it takes no options, a pattern is for here. */
  async *file(request: NodeLogRequest, words: string[], signal: AbortSignal): AsyncGenerator<Stamped[]> {
    const { pattern, ...whole } = request;
    const reader = new StampReader({ from: request.since, now: this.clock.now() });
    const matcher = pattern === undefined ? undefined : RE2JS.compile(pattern, flagsOf(pattern));
    const stream = await this.open(whole, {}, signal);
    try {
      for await (const lines of dated(logEntries(readLines(stream), { file: true, words }), reader))
        yield matcher ? lines.filter(({ text }) => matcher.matcher(text).find()) : lines;
    } finally {
      stream.destroy();
    }
  }

  open(request: NodeLogRequest, { tail, since, until }: Stretch, signal: AbortSignal): Promise<Readable> {
    const { cluster, node, service, file, pattern, boot } = request;
    const query = { services: service, file, sinceTime: since, untilTime: until, tailLines: tail, pattern, boot };
    return this.kubelets.nodeLogs(cluster, node, query, { signal });
  }

  private async *entries(
    request: NodeLogRequest,
    stretch: Stretch,
    words: string[],
    signal: AbortSignal,
  ): AsyncGenerator<LogEntry[]> {
    const stream = await this.open(request, stretch, signal);
    try {
      yield* logEntries(readLines(stream), { file: false, words });
    } finally {
      stream.destroy();
    }
  }

  /** Lines have no year: where the window is longer than one, the year in which the log begins is looked for. */
  private async beginning(request: NodeLogRequest, since: Date, signal: AbortSignal): Promise<Date> {
    const now = this.clock.now().getTime();
    let from = Math.max(since.getTime(), now - OLDEST_YEARS * YEAR_MS);
    while (now - from > YEAR_MS) {
      const stretch = { since: new Date(from - BEHIND_MS), until: new Date(from + YEAR_MS), tail: 1 };
      const found = await held(this.entries(request, stretch, [], signal));
      if (found.some(({ head }) => head !== undefined)) break;
      from += YEAR_MS;
    }
    return new Date(from);
  }

  private isNewestFirst({ pattern }: NodeLogRequest, entries: readonly LogEntry[], now: Date): boolean {
    if (pattern === undefined) return false;
    const heads = entries
      .map(({ head = '' }) => new StampReader({ now }).next(head))
      .filter((stamp) => stamp !== undefined);
    return (heads[0] ?? '') >= (heads.at(-1) ?? '');
  }
}

/** As `journalctl --grep`: a pattern in lower case finds any case. */
const flagsOf = (pattern: string): number => (pattern === pattern.toLowerCase() ? RE2JS.CASE_INSENSITIVE : 0);

async function held(entries: AsyncIterable<LogEntry[]>): Promise<LogEntry[]> {
  const all: LogEntry[] = [];
  for await (const batch of entries) all.push(...batch);
  return all;
}

async function* chained<T>(first: IteratorResult<T>, rest: AsyncGenerator<T>): AsyncGenerator<T> {
  try {
    if (!first.done) yield first.value;
    yield* rest;
  } finally {
    await rest.return(undefined);
  }
}

async function* dated(entries: AsyncIterable<LogEntry[]>, reader: StampReader): AsyncGenerator<Stamped[]> {
  let last: string | undefined;
  for await (const batch of entries) {
    const lines = stampedLines(batch, reader, last);
    last = lines.at(-1)?.stamp ?? last;
    yield lines;
  }
}
