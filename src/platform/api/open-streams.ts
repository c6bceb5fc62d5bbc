export const STREAM_KINDS = ['events', 'text', 'subscription'] as const;
export type StreamKind = (typeof STREAM_KINDS)[number];

/** Answers of one server that go on until something ends them. */
export class OpenStreams {
  private readonly open = new Map<AbortController, StreamKind>();

  /** Call what is returned when the stream has ended. */
  add(kind: StreamKind, stream: AbortController): () => void {
    this.open.set(stream, kind);
    return () => this.open.delete(stream);
  }

  count(kind: StreamKind): number {
    let count = 0;
    for (const known of this.open.values()) if (known === kind) count += 1;
    return count;
  }

  /** When the server goes down: clients come back with Last-Event-ID, to another process. */
  endAll(): void {
    for (const stream of this.open.keys()) stream.abort();
  }
}

const streamsOf = new WeakMap<object, OpenStreams>();

export function openStreams(server: object): OpenStreams {
  const known = streamsOf.get(server) ?? new OpenStreams();
  streamsOf.set(server, known);
  return known;
}
