import type { IncomingMessage, ServerResponse } from 'node:http';
import { parse as parseYaml } from 'yaml';
import { ApiError } from '../store/api-error.js';
import type { Json } from '../store/kube-object.js';
import type { UserInfo } from './cluster-access.js';
import { decodeProtobuf } from './protobuf-body.js';
import type { RequestInfo } from './request-info.js';

const MAX_BODY_BYTES = 3 * 1024 * 1024;

/** One request that has been authenticated and authorized, with what handlers need to answer it. */
export class ApiExchange {
  constructor(
    readonly info: RequestInfo,
    readonly user: UserInfo,
    readonly request: IncomingMessage,
    readonly response: ServerResponse,
  ) {}

  get dryRun(): boolean {
    const values = this.info.query.getAll('dryRun');
    if (values.some((value) => value !== 'All')) {
      throw new ApiError(422, 'Invalid', `dryRun: Unsupported value: "${values.join(',')}": supported values: "All"`);
    }
    return values.length > 0;
  }

  get contentType(): string {
    return (this.request.headers['content-type'] ?? 'application/json').split(';')[0]?.trim().toLowerCase() ?? '';
  }

  /** The body as JSON, YAML or one of the few protobuf messages that kubectl sends; undefined when there is none. */
  async body(): Promise<Json> {
    const raw = await readAll(this.request);
    if (this.contentType.includes('protobuf')) return decodeProtobuf(raw);
    const text = raw.toString('utf8');
    if (text.trim() === '') return undefined;
    try {
      return this.contentType.includes('yaml') ? parseYaml(text) : JSON.parse(text);
    } catch (error) {
      throw ApiError.badRequest(`couldn't parse the request body: ${(error as Error).message}`);
    }
  }

  /** A body that must be there and be an object. */
  async requireBody(): Promise<Json> {
    const body = await this.body();
    if (typeof body !== 'object' || body === null) throw ApiError.badRequest('unable to decode the request body');
    return body;
  }

  send(code: number, body: Json, headers: Record<string, string> = {}): void {
    const text = JSON.stringify(body);
    this.sendText(code, text, 'application/json', headers);
  }

  sendText(
    code: number,
    text: string,
    contentType = 'text/plain; charset=utf-8',
    headers: Record<string, string> = {},
  ): void {
    if (this.response.headersSent || this.response.destroyed) return;
    this.response.writeHead(code, {
      ...headers,
      'content-type': contentType,
      'cache-control': 'no-cache, private',
      'content-length': Buffer.byteLength(text),
    });
    this.response.end(this.request.method === 'HEAD' ? undefined : text);
  }

  sendError(error: unknown): void {
    const failure = error instanceof ApiError ? error : internalError(error);
    if (this.response.headersSent) {
      this.response.destroy();
      return;
    }
    const seconds = failure.details?.retryAfterSeconds;
    this.send(failure.code, failure.toStatus(), seconds ? { 'retry-after': String(seconds) } : {});
  }
}

function internalError(error: unknown): ApiError {
  const message = `Internal error occurred: ${error instanceof Error ? error.message : String(error)}`;
  return new ApiError(500, 'InternalError', message);
}

async function readAll(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request) {
    size += chunk.length;
    if (size > MAX_BODY_BYTES) {
      throw new ApiError(413, 'RequestEntityTooLarge', `Request entity too large: limit is ${MAX_BODY_BYTES}`);
    }
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}
