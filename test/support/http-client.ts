import { createClient } from 'graphql-ws';

export interface RestOptions {
  body?: unknown;
  /** Overrides the client's token; null sends none. */
  token?: string | null;
  headers?: Record<string, string>;
  signal?: AbortSignal;
}

export interface RestAnswer<T> {
  status: number;
  headers: Headers;
  /** Parsed JSON; the text if it is not JSON; undefined if empty. */
  body: T;
}

export interface GraphqlAnswer<T> {
  status: number;
  headers: Headers;
  data: T | null;
  errors: { message: string; path?: (string | number)[]; extensions: Record<string, unknown> }[];
}

export interface ServerSentEvent {
  id?: string;
  event: string;
  data: string;
}

export interface StreamOptions {
  lastEventId?: string;
  token?: string | null;
  signal?: AbortSignal;
}

/** Talks to the product as callers do: fetch, server-sent events, graphql-ws. */
export class HttpClient {
  constructor(
    readonly url: string,
    private readonly token: string | null = null,
  ) {}

  as(token: string | null): HttpClient {
    return new HttpClient(this.url, token);
  }

  // biome-ignore lint/suspicious/noExplicitAny: a test names the shape it expects, or looks at whatever came
  async rest<T = any>(method: string, path: string, options: RestOptions = {}): Promise<RestAnswer<T>> {
    const raw = typeof options.body === 'string' || options.body instanceof Uint8Array;
    const answer = await fetch(this.address(path), {
      method,
      headers: {
        ...(options.body === undefined ? {} : { 'content-type': 'application/json' }),
        ...this.authorization(options.token),
        ...options.headers,
      },
      body: options.body === undefined ? undefined : raw ? (options.body as string) : JSON.stringify(options.body),
      signal: options.signal,
    });
    const text = await answer.text();
    return { status: answer.status, headers: answer.headers, body: parsed(text) as T };
  }

  // biome-ignore lint/suspicious/noExplicitAny: as above
  async graphql<T = any>(
    query: string,
    variables: Record<string, unknown> = {},
    options: Omit<RestOptions, 'body'> = {},
  ): Promise<GraphqlAnswer<T>> {
    const answer = await this.rest<Partial<GraphqlAnswer<T>> | undefined>('POST', '/graphql', {
      ...options,
      body: { query, variables },
    });
    const { data = null, errors = [] } = answer.body ?? {};
    return { status: answer.status, headers: answer.headers, data, errors };
  }

  /** The events of a stream until it ends; stop early with `break` or the signal. @throws Error if the answer is not a stream. */
  async *sse(path: string, options: StreamOptions = {}): AsyncGenerator<ServerSentEvent> {
    const abort = new AbortController();
    const answer = await fetch(this.address(path), {
      headers: {
        accept: 'text/event-stream',
        ...this.authorization(options.token),
        ...(options.lastEventId === undefined ? {} : { 'last-event-id': options.lastEventId }),
      },
      signal: options.signal ? AbortSignal.any([options.signal, abort.signal]) : abort.signal,
    });
    if (answer.status !== 200 || !answer.body)
      throw new Error(`${path} answered ${answer.status}: ${await answer.text()}`);
    let pending = '';
    try {
      for await (const chunk of answer.body.pipeThrough(new TextDecoderStream())) {
        pending += chunk;
        const blocks = pending.split(/\r?\n\r?\n/);
        pending = blocks.pop() ?? '';
        for (const block of blocks) {
          const event = parseEvent(block);
          if (event) yield event;
        }
      }
    } finally {
      abort.abort();
    }
  }

  /** Results of a GraphQL subscription; stop with `break`, which ends the socket too. */
  async *subscribe<T = Record<string, unknown>>(
    query: string,
    variables: Record<string, unknown> = {},
    options: { token?: string | null } = {},
  ): AsyncGenerator<{ data?: T | null; errors?: readonly { message: string }[] }> {
    const client = createClient({
      url: this.address('/graphql').replace(/^http/, 'ws'),
      connectionParams: this.authorization(options.token),
      retryAttempts: 0,
    });
    try {
      for await (const result of client.iterate<T>({ query, variables })) yield result;
    } finally {
      await client.dispose();
    }
  }

  private address(path: string): string {
    return /^https?:/.test(path) ? path : `${this.url}${path}`;
  }

  private authorization(token: string | null | undefined): Record<string, string> {
    const used = token === undefined ? this.token : token;
    return used === null ? {} : { authorization: `Bearer ${used}` };
  }
}

function parsed(text: string): unknown {
  if (text === '') return undefined;
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

function parseEvent(block: string): ServerSentEvent | undefined {
  const event: ServerSentEvent = { event: 'message', data: '' };
  const data: string[] = [];
  for (const line of block.split(/\r?\n/)) {
    const [, field, value] = /^([^:]+):? ?(.*)$/.exec(line) ?? [];
    if (field === 'id') event.id = value;
    if (field === 'event') event.event = value ?? '';
    if (field === 'data') data.push(value ?? '');
  }
  if (data.length === 0) return undefined; // a comment: the heartbeat
  return { ...event, data: data.join('\n') };
}
