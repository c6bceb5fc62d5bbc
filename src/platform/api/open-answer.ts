import type { FastifyReply } from 'fastify';
import type { Caller } from '../../kernel/actor.js';
import type { DomainError } from '../../kernel/domain-error.js';
import { monotonicNow } from '../../kernel/monotonic.js';
import { clientSignal } from './client-signal.js';
import { ClientStalledError } from './client-stalled-error.js';
import { openStreams, type StreamKind } from './open-streams.js';

const STALLED_MS = 60_000;
const LOOKS = 12;

export interface OpenAnswerOptions {
  /** Whose credential bounds the answer. */
  caller: Caller;
  /** How long a client may take nothing of what waits for it before it is cut off. */
  drainTimeoutMs?: number;
}

/** An answer that goes on: it ends when the client leaves or stops reading, or its credential does not hold any more. */
export class OpenAnswer {
  private readonly abort = new AbortController();
  private readonly endings: (() => void)[] = [];

  constructor(
    private readonly reply: FastifyReply,
    kind: StreamKind,
    contentType: string,
    { caller, drainTimeoutMs = STALLED_MS }: OpenAnswerOptions,
  ) {
    // Before anything else is begun: it may be refused.
    this.endings.push(openStreams(reply.server.server).add(kind, this.abort, caller.actor.id));
    const left = clientSignal(reply);
    if (left.aborted) this.abort.abort();
    else left.addEventListener('abort', () => this.abort.abort(), { once: true });
    this.endings.push(whenCredentialEnds(caller, (why) => this.abort.abort(why)));
    this.watchReader(drainTimeoutMs);
    this.begin(contentType);
  }

  get signal(): AbortSignal {
    return this.abort.signal;
  }

  /** Lets go of everything; the response itself is the caller's to end. */
  close(): void {
    for (const end of this.endings.splice(0)) end();
    this.abort.abort();
  }

  /** Calls `beat` every so often until the answer ends. */
  every(ms: number, beat: () => void): void {
    const timer = setInterval(beat, ms);
    this.endings.push(() => clearInterval(timer));
  }

  private begin(contentType: string): void {
    const { reply } = this;
    reply.hijack();
    for (const [name, value] of Object.entries(reply.getHeaders())) {
      if (value !== undefined) reply.raw.setHeader(name, value);
    }
    // Trailers come after the last chunk: there is none on a HEAD and before HTTP/1.1.
    if (reply.request.method === 'HEAD' || reply.request.raw.httpVersion === '1.0') reply.raw.removeHeader('trailer');
    reply.raw.writeHead(200, {
      'content-type': contentType,
      'cache-control': 'no-store',
      'x-accel-buffering': 'no',
    });
    reply.raw.flushHeaders();
    // Nothing may follow on a HEAD.
    if (reply.request.method === 'HEAD') this.abort.abort();
  }

  /**
   * A slow client is not a stalled one: what counts is whether its socket took anything of what waits. The kernel's own
   * buffer hides up to a megabyte or two of that.
   */
  private watchReader(limitMs: number): void {
    const { raw } = this.reply;
    let taken = 0;
    let since = monotonicNow();
    this.every(Math.max(1, limitMs / LOOKS), () => {
      const now = monotonicNow();
      const { socket } = raw;
      const seen = socket ? socket.bytesWritten - socket.writableLength : 0;
      if (raw.writableLength === 0 || seen !== taken) since = now;
      taken = seen;
      if (now - since < limitMs) return;
      this.abort.abort(new ClientStalledError());
      raw.destroy();
    });
  }
}

/** Calls `end` when the caller's credential has expired, or was revoked or changed. Returns how to stop. */
export function whenCredentialEnds(caller: Caller, end: (why: DomainError) => void): () => void {
  return caller.whenCredentialLost?.(end) ?? (() => undefined);
}
