import { setTimeout as sleep } from 'node:timers/promises';
import type { Pod } from '../controllers/kube-types.js';
import { stableHash } from '../controllers/stable-hash.js';

export interface ContainerLogOptions {
  follow?: boolean;
  previous?: boolean;
  tailLines?: number;
  sinceMs?: number;
  timestamps?: boolean;
  limitBytes?: number;
}

const RATE_ANNOTATION = 'simulation.node-steward.dev/log-lines-per-second';
const DEFAULT_RATE = 0.2;
/** What rotation leaves of a container's log. */
const KEPT_LINES = 200_000;
const KEPT_MS = 24 * 3600 * 1000;
const FOLLOW_TICK_MS = 25;
const CHUNK_LINES = 1_000;

/**
 * A container's log, computed from the container's start and its rate of lines: line `i` has the same time and text for
 * every reader, and carries `seq=i`, so that a test can tell lost and doubled lines. `isOver` ends a follow.
 */
export class ContainerLog {
  private readonly startedMs: number;
  private readonly rate: number;
  private readonly endMs: number;

  constructor(
    private readonly pod: Pod,
    private readonly container: string,
    private readonly now: () => number = Date.now,
  ) {
    const status = [...(pod.status.containerStatuses ?? []), ...(pod.status.initContainerStatuses ?? [])].find(
      (item) => item.name === container,
    );
    const { running, terminated } = status?.state ?? {};
    const started =
      running?.startedAt ?? terminated?.startedAt ?? pod.status.startTime ?? pod.metadata.creationTimestamp;
    this.startedMs = Date.parse(started ?? new Date(now()).toISOString());
    this.endMs = terminated ? Date.parse(terminated.finishedAt) : Number.POSITIVE_INFINITY;
    const rate = Number(pod.metadata.annotations?.[RATE_ANNOTATION] ?? Number.NaN);
    this.rate = rate > 0 ? rate : DEFAULT_RATE;
  }

  /** Chunks of whole lines, except for the last one under `limitBytes`. */
  async *read(options: ContainerLogOptions, isOver: () => boolean, signal?: AbortSignal): AsyncGenerator<string> {
    let left = options.limitBytes ?? Number.POSITIVE_INFINITY;
    // Only a follow goes on with what is written while it is read: a tail of three has three lines.
    const end = this.lastLine();
    let next = this.firstLine(options, end);
    for (;;) {
      const until = options.follow ? this.lastLine() : end;
      while (next <= until && left > 0) {
        const chunkEnd = Math.min(until, next + CHUNK_LINES - 1);
        let chunk = '';
        for (; next <= chunkEnd; next += 1) chunk += this.line(next, options.timestamps ?? false);
        const cut = cutToBytes(chunk, left);
        left -= Buffer.byteLength(cut);
        yield cut;
      }
      if (!options.follow || left <= 0 || signal?.aborted) return;
      if (isOver() || this.endMs <= this.now()) return;
      await sleep(FOLLOW_TICK_MS, undefined, { signal }).catch(() => undefined);
    }
  }

  private timeOf(line: number): number {
    return this.startedMs + (line * 1000) / this.rate;
  }

  private lastLine(): number {
    return Math.floor(((Math.min(this.now(), this.endMs) - this.startedMs) * this.rate) / 1000);
  }

  private firstLine({ sinceMs, tailLines }: ContainerLogOptions, last: number): number {
    const byAge = Math.ceil(((this.now() - KEPT_MS - this.startedMs) * this.rate) / 1000);
    const bySince = sinceMs === undefined ? 0 : Math.ceil(((sinceMs - this.startedMs) * this.rate) / 1000 - 1e-9);
    const byTail = tailLines === undefined ? 0 : last - tailLines + 1;
    return Math.max(0, byAge, bySince, byTail, last - KEPT_LINES + 1);
  }

  private line(index: number, timestamps: boolean): string {
    const at = this.timeOf(index);
    const text = `level=info pod=${this.pod.metadata.name} container=${this.container} seq=${index} msg="${message(index, this.pod.metadata.name)}"\n`;
    return timestamps ? `${rfc3339Nano(at)} ${text}` : text;
  }
}

const MESSAGES = ['request handled', 'cache refreshed', 'connection accepted', 'job picked up', 'heartbeat sent'];

const message = (index: number, name: string): string =>
  MESSAGES[stableHash(`${name}${index}`) % MESSAGES.length] ?? '';

function rfc3339Nano(at: number): string {
  const milliseconds = Math.floor(at);
  const iso = new Date(milliseconds).toISOString();
  // The fraction by itself: nanoseconds since 1970 have more digits than a number holds.
  const nanos = String(Math.floor((at - milliseconds) * 1e6)).padStart(6, '0');
  return `${iso.slice(0, 23)}${nanos}Z`;
}

function cutToBytes(text: string, bytes: number): string {
  if (Buffer.byteLength(text) <= bytes) return text;
  return Buffer.from(text).subarray(0, bytes).toString('utf8');
}
