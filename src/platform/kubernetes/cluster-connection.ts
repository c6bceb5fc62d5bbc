import type { IncomingHttpHeaders } from 'node:http';
import type { Readable } from 'node:stream';
import { type Dispatcher, request as send } from 'undici';
import { DomainError } from '../../kernel/domain-error.js';
import { orAborted } from '../../kernel/or-aborted.js';
import { type Permit, PermitLost } from '../../kernel/permit.js';
import { CHANGE_TIMEOUT_MS, SERVER_TIMEOUT_SECONDS } from '../lease/lease-terms.js';
import type { ClusterAccess, ClusterCredentials } from './cluster-credentials.js';
import { causeOfTransportError, clusterUnavailable } from './cluster-unavailable.js';
import { readJsonLines } from './json-lines.js';
import type { KubeList, KubeStatus, WatchEvent } from './kube-answers.js';
import { KubernetesApiError } from './kubernetes-api-error.js';
import { parseListItems } from './list-items.js';
import { permittedDispatcher } from './permitted-dispatcher.js';

export type ChangeMethod = 'POST' | 'PUT' | 'PATCH' | 'DELETE';
type HttpMethod = 'GET' | ChangeMethod;

export type PatchType =
  | 'application/strategic-merge-patch+json'
  | 'application/merge-patch+json'
  | 'application/json-patch+json';

export interface RequestOptions {
  readonly query?: Readonly<Record<string, string | number | boolean | undefined>>;
  readonly body?: unknown;
  readonly contentType?: PatchType | 'application/json';
  readonly accept?: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** For the whole exchange; the configured timeout if absent. */
  readonly timeoutMs?: number;
  readonly signal?: AbortSignal;
  /** Goes into the user agent, so that the cluster's audit log leads back to ours. */
  readonly requestId?: string;
}

export interface ChangeOptions extends RequestOptions {
  /** Looked at when the request is written. */
  readonly permit: Permit;
}

export interface ListOptions<T> {
  readonly labelSelector?: string;
  readonly fieldSelector?: string;
  /** Objects a page; 500 if absent. */
  readonly limit?: number;
  readonly resourceVersion?: string;
  readonly timeoutMs?: number;
  readonly signal?: AbortSignal;
  readonly requestId?: string;
  /** Takes each object as soon as it is parsed; then nothing is collected. */
  readonly onItem?: (item: T) => void;
  /** Comes before the first object; again when the list expired half way: forget what came before. */
  readonly onStart?: () => void;
}

export interface WatchOptions<T> {
  readonly labelSelector?: string;
  readonly fieldSelector?: string;
  readonly resourceVersion: string;
  readonly timeoutSeconds: number;
  readonly signal?: AbortSignal;
  /** The server has answered: from here on, changes arrive. */
  readonly onOpen?: () => void;
  /** Called for each event but errors, in order, as soon as it is here. */
  readonly onEvent: (event: WatchEvent<T>) => void;
  /** Called when any bytes have arrived. */
  readonly onData?: () => void;
}

export interface StreamedResponse {
  readonly headers: IncomingHttpHeaders;
  /** Must be read to its end or destroyed. */
  readonly body: Readable;
}

const PAGE_SIZE = 500;

/**
 * HTTP to one cluster's API server. Failures are a KubernetesApiError when the server answered, a DomainError
 * CLUSTER_UNAVAILABLE when it could not be asked, and the signal's reason when the caller gave up.
 */
export class ClusterConnection {
  constructor(
    readonly name: string,
    private readonly credentials: ClusterCredentials,
    private readonly userAgent: string,
    private readonly defaultTimeoutMs: number,
  ) {}

  /** Reads, and parses the JSON answer; with another `accept` the answer is its text. */
  async request<T>(method: 'GET', path: string, options: Omit<RequestOptions, 'body'> = {}): Promise<T> {
    const json = options.accept === undefined || options.accept.startsWith('application/json');
    return this.answer(method, path, options, (bytes) => (json ? parsedJson<T>(bytes) : (bytes.toString('utf8') as T)));
  }

  /**
   * Changes something: the only way to send anything but a GET. Both sides give it up soon, so that it is known when it
   * can't take effect any more: this side cuts the connection, and the server ends what it works on by `timeout`.
   * @throws PermitLost before anything is written
   */
  async change<T>(method: ChangeMethod, path: string, options: ChangeOptions): Promise<T> {
    const timeoutMs = Math.min(options.timeoutMs ?? this.defaultTimeoutMs, CHANGE_TIMEOUT_MS);
    const query = { ...options.query, timeout: `${SERVER_TIMEOUT_SECONDS}s` };
    return this.answer(method, path, { ...options, timeoutMs, query }, parsedJson<T>);
  }

  /** Opens an answer that may never end. `timeoutMs` limits the wait for its headers only. */
  async stream(path: string, options: Omit<RequestOptions, 'body' | 'contentType'> = {}): Promise<StreamedResponse> {
    const opening = new AbortController();
    const timer = setTimeout(
      () => opening.abort(new DOMException('no answer in time', 'TimeoutError')),
      options.timeoutMs ?? this.defaultTimeoutMs,
    );
    const signal = options.signal ? AbortSignal.any([options.signal, opening.signal]) : opening.signal;
    try {
      return await this.guarded(options.signal, async () => {
        const response = await this.exchange('GET', path, options, signal, 'streams');
        if (response.statusCode < 300) return { headers: response.headers, body: response.body };
        throw this.failure('GET', path, response, await response.body.text());
      });
    } finally {
      clearTimeout(timer);
    }
  }

  /** Lists page by page. `items` is empty when `onItem` takes them. */
  async list<T>(path: string, options: ListOptions<T> = {}): Promise<{ items: T[]; resourceVersion: string }> {
    for (let attempt = 0; ; attempt++) {
      try {
        return await this.listOnce(path, options);
      } catch (error) {
        // The snapshot that the continue token names is compacted away: begin anew, once.
        if (!(error instanceof KubernetesApiError) || !error.isExpired || attempt > 0) throw error;
      }
    }
  }

  /** Watches until the server or the signal ends it. An ERROR event is thrown as KubernetesApiError. */
  async watch<T>(path: string, options: WatchOptions<T>): Promise<void> {
    const { labelSelector, fieldSelector, resourceVersion, timeoutSeconds, signal } = options;
    const query = {
      watch: 'true',
      allowWatchBookmarks: 'true',
      labelSelector,
      fieldSelector,
      resourceVersion,
      timeoutSeconds,
    };
    const { body } = await this.stream(path, { query, signal });
    options.onOpen?.();
    const take = (event: WatchEvent<T>) => {
      if (event.type !== 'ERROR') return options.onEvent(event);
      throw KubernetesApiError.fromStatus(this.name, `watch ${path}`, event.object as unknown as KubeStatus);
    };
    await this.guarded(signal, () => readJsonLines(body, take, options.onData ?? (() => undefined)));
  }

  private async listOnce<T>(path: string, options: ListOptions<T>): Promise<{ items: T[]; resourceVersion: string }> {
    const { labelSelector, fieldSelector, resourceVersion, limit = PAGE_SIZE, timeoutMs, signal, requestId } = options;
    const items: T[] = [];
    const onItem = options.onItem ?? ((item: T) => void items.push(item));
    options.onStart?.();
    let next: string | undefined;
    for (let page = 0; ; page++) {
      // Later pages are bound to the first one's version by their token, and must not name one.
      const query = {
        labelSelector,
        fieldSelector,
        limit,
        continue: next,
        resourceVersion: page === 0 ? resourceVersion : undefined,
      };
      const bytes = await this.answer('GET', path, { query, timeoutMs, signal, requestId }, (body) => body);
      const list = this.parsed(() => parseListItems<KubeList<T>, T>(bytes, onItem));
      next = list.metadata.continue;
      if (!next) return { items, resourceVersion: list.metadata.resourceVersion };
    }
  }

  /** What `parse` makes of the body of a good answer. */
  private async answer<T>(
    method: HttpMethod,
    path: string,
    options: RequestOptions & Partial<ChangeOptions>,
    parse: (bytes: Buffer) => T,
  ): Promise<T> {
    const timeout = AbortSignal.timeout(options.timeoutMs ?? this.defaultTimeoutMs);
    const signal = options.signal ? AbortSignal.any([options.signal, timeout]) : timeout;
    return this.guarded(options.signal, async () => {
      const response = await this.exchange(method, path, options, signal, 'requests');
      const bytes = Buffer.from(await response.body.arrayBuffer());
      if (response.statusCode >= 300) throw this.failure(method, path, response, bytes.toString('utf8'));
      return parse(bytes);
    });
  }

  private async exchange(
    method: HttpMethod,
    path: string,
    options: RequestOptions & Partial<ChangeOptions>,
    signal: AbortSignal,
    pool: 'requests' | 'streams',
  ): Promise<Dispatcher.ResponseData> {
    const response = await this.once(method, path, options, signal, pool);
    if (response.statusCode !== 401 || !this.credentials.renew()) return response;
    await response.body.dump();
    return this.once(method, path, options, signal, pool);
  }

  private async once(
    method: HttpMethod,
    path: string,
    options: RequestOptions & Partial<ChangeOptions>,
    signal: AbortSignal,
    pool: 'requests' | 'streams',
  ): Promise<Dispatcher.ResponseData> {
    const access = await this.credentials.access();
    const url = `${access.origin}${access.basePath}${path}${queryString(options.query)}`;
    const init = {
      method,
      dispatcher: options.permit ? permittedDispatcher(access[pool], options.permit) : access[pool],
      signal,
      headers: this.headers(access, options),
      body: options.body === undefined ? undefined : JSON.stringify(options.body),
      // The signal limits the exchange as a whole; undici's own limits would cut quiet watches.
      headersTimeout: 0,
      bodyTimeout: 0,
    };
    try {
      // undici looks at the signal of a request that waits for a connection only once it has one.
      return await orAborted(send(url, init), signal);
    } catch (error) {
      // A kept connection that the server closed at this very moment: reading again is harmless, and writes are not repeated.
      if (method !== 'GET' || signal.aborted || causeOfTransportError(error) !== 'CONNECTION_LOST') throw error;
      return send(url, init);
    }
  }

  private headers(access: ClusterAccess, options: RequestOptions): Record<string, string> {
    const agent = options.requestId ? `${this.userAgent} (request ${options.requestId})` : this.userAgent;
    const headers: Record<string, string> = {
      ...access.headers,
      ...options.headers,
      accept: options.accept ?? 'application/json',
      'user-agent': agent,
    };
    if (options.body !== undefined) headers['content-type'] = options.contentType ?? 'application/json';
    return headers;
  }

  private failure(method: string, path: string, response: Dispatcher.ResponseData, text: string): KubernetesApiError {
    const retryAfter = response.headers['retry-after'];
    return KubernetesApiError.from(this.name, `${method} ${path}`, response.statusCode, text, retryAfter);
  }

  /** What a taker of items throws is its own. */
  private parsed<T>(parse: () => T): T {
    try {
      return parse();
    } catch (error) {
      throw error instanceof SyntaxError ? clusterUnavailable(this.name, causeOfTransportError(error), error) : error;
    }
  }

  private async guarded<T>(signal: AbortSignal | undefined, work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (error) {
      if (error instanceof KubernetesApiError || error instanceof DomainError || error instanceof PermitLost)
        throw error;
      if (signal?.aborted) throw signal.reason;
      throw clusterUnavailable(this.name, causeOfTransportError(error), error);
    }
  }
}

function parsedJson<T>(bytes: Buffer): T {
  const text = bytes.toString('utf8');
  return (text === '' ? text : JSON.parse(text)) as T;
}

function queryString(query: RequestOptions['query']): string {
  const parameters = new URLSearchParams();
  for (const [name, value] of Object.entries(query ?? {})) if (value !== undefined) parameters.set(name, String(value));
  const text = parameters.toString();
  return text === '' ? '' : `?${text}`;
}
