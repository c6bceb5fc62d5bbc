import { DomainError } from '../../kernel/domain-error.js';

export const STREAM_KINDS = ['events', 'text', 'socket', 'subscription'] as const;
export type StreamKind = (typeof STREAM_KINDS)[number];

interface OpenStream {
  readonly kind: StreamKind;
  readonly principal: string;
}

/** One ends, or it does not: when that will be is not known. */
const RETRY_AFTER_SECONDS = 5;

/** Answers of one server that go on until something ends them, and the sockets that carry some of them. */
export class OpenStreams {
  private readonly open = new Map<AbortController, OpenStream>();
  private readonly byPrincipal = new Map<string, number>();

  constructor(private readonly most: number) {}

  /**
   * Call what is returned when the stream has ended.
   * @param principal whose they are counted as
   * @throws DomainError RATE_LIMITED where it has as many open as it may have
   */
  add(kind: StreamKind, stream: AbortController, principal: string): () => void {
    const count = this.byPrincipal.get(principal) ?? 0;
    if (count >= this.most) {
      const message = `You have ${count} streams, sockets and subscriptions open here, and may have ${this.most}: close some first.`;
      throw new DomainError('RATE_LIMITED', message, { retryAfterSeconds: RETRY_AFTER_SECONDS });
    }
    this.byPrincipal.set(principal, count + 1);
    this.open.set(stream, { kind, principal });
    return () => this.remove(stream);
  }

  count(kind: StreamKind): number {
    let count = 0;
    for (const known of this.open.values()) if (known.kind === kind) count += 1;
    return count;
  }

  /** When the server goes down: clients come back with Last-Event-ID, to another process. */
  endAll(): void {
    for (const stream of this.open.keys()) stream.abort();
  }

  private remove(stream: AbortController): void {
    const known = this.open.get(stream);
    if (!known) return;
    this.open.delete(stream);
    const left = (this.byPrincipal.get(known.principal) ?? 1) - 1;
    if (left > 0) this.byPrincipal.set(known.principal, left);
    else this.byPrincipal.delete(known.principal);
  }
}

const streamsOf = new WeakMap<object, OpenStreams>();

/** @param most for one principal; counts when the first one asks */
export function openStreams(server: object, most = Number.POSITIVE_INFINITY): OpenStreams {
  const known = streamsOf.get(server) ?? new OpenStreams(most);
  streamsOf.set(server, known);
  return known;
}
