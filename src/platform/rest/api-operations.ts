import type { OpenAPIObject } from '@nestjs/swagger';
import { DomainError, type ErrorCode } from '../../kernel/domain-error.js';
import { EXAMPLES, exampleOf } from '../api/api-examples.js';
import { PROBLEMS } from '../api/problem-table.js';
import { PROBLEM_CODES } from './api-problems.decorator.js';
import { problemOf } from './problem.js';

type OpenApiOperation = NonNullable<OpenAPIObject['paths'][string]['get']> & { [PROBLEM_CODES]?: ErrorCode[] };
type Parameter = { readonly name: string; readonly in: string };
type Response = {
  description: string;
  headers?: Record<string, unknown>;
  content?: Record<string, Record<string, unknown>>;
};

const METHODS = ['get', 'post', 'put', 'patch', 'delete'] as const;
const EVENT_STREAM = 'text/event-stream';

/** What each operation's shape says about its answers, written once for all: problems by status, headers, examples, words. */
export function completeOperations(document: OpenAPIObject): void {
  const shared: Record<string, unknown> = {};
  for (const [path, item] of Object.entries(document.paths)) {
    for (const method of METHODS) {
      const operation = item[method];
      if (operation) complete(document, shared, path, method, operation);
    }
  }
  document.components = { ...document.components, headers: HEADERS, responses: shared as never };
}

function complete(
  document: OpenAPIObject,
  shared: Record<string, unknown>,
  path: string,
  method: string,
  operation: OpenApiOperation,
): void {
  const parameters = (operation.parameters ?? []) as Parameter[];
  const responses = operation.responses as Record<string, Response>;
  const ended = parameters.some(({ name }) => name === 'wait') && responses['202'];
  if (ended) responses['200'] = { ...ended, description: 'It has ended while the answer was held.' };
  const isRead = method === 'get' && responses['200']?.content?.['application/json'] !== undefined;
  if (isRead) responses['304'] = { description: 'It is what `If-None-Match` names.' };
  parameters.push(...headersTaken(parameters, isRead));
  operation.parameters = parameters as never;
  operation.description ??= describe(method, parameters, operation);
  for (const [status, response] of Object.entries(responses)) {
    response.description ||= status === '204' ? 'Done; there is nothing to say.' : 'The answer.';
    response.headers = { ...response.headers, ...successHeaders(status, parameters, method, path) };
    for (const media of Object.values(response.content ?? {})) addExample(document, media);
    const table = response.content?.['text/plain'];
    if (table && '$ref' in ((table.schema ?? {}) as object)) {
      Object.assign(table, { schema: { type: 'string' }, example: TABLE_EXAMPLE });
    }
    const stream = response.content?.[EVENT_STREAM];
    if (stream) Object.assign(stream, { schema: textSchema(stream.schema), example: STREAM_EXAMPLE });
  }
  const body = operation.requestBody as { content?: Record<string, Record<string, unknown>> } | undefined;
  for (const media of Object.values(body?.content ?? {})) addExample(document, media);
  Object.assign(responses, problems(shared, codesOf(path, method, operation, parameters)));
  delete operation[PROBLEM_CODES];
}

/** What is JSON in another form of the same answer is text in this one. */
const textSchema = (schema: unknown) =>
  (schema as { type?: string } | undefined)?.type === 'string' ? schema : { type: 'string' };

const TABLE_EXAMPLE = 'NAME         STATUS   AGE\nworker-a-1   Ready    12d\n';
const STREAM_EXAMPLE = 'id: 1\nevent: STATE\ndata: {"message":"the drain has begun"}\n\n:\n\n';

/** Request headers that follow from what the operation is. */
function headersTaken(parameters: readonly Parameter[], isRead: boolean): Parameter[] {
  const header = (name: string, description: string, example: string) =>
    ({ name, in: 'header', required: false, description, schema: { type: 'string', example } }) as Parameter;
  const makes = parameters.some(({ name }) => name === 'Idempotency-Key');
  return [
    ...(makes ? [header('X-Correlation-Id', 'Your id of what belongs together.', 'pipeline-4711')] : []),
    ...(isRead
      ? [header('If-None-Match', 'ETags that you have: 304 if one is still right.', 'W/"2jmj7l5rSw0yVb_vlWAYkK_YBwk"')]
      : []),
  ];
}

function describe(method: string, parameters: readonly Parameter[], { summary }: OpenApiOperation): string {
  const has = (name: string) => parameters.some((parameter) => parameter.name === name);
  const sentences = [`${summary}.`];
  if (has('Idempotency-Key')) sentences.push('Safe to send again with the same `Idempotency-Key`.');
  if (has('If-Match')) sentences.push('Send the `ETag` that you read as `If-Match`.');
  if (has('wait')) sentences.push('`wait` holds the answer until the work has ended, for at most as many seconds.');
  if (has('Last-Event-ID')) sentences.push('`Last-Event-ID` resumes after that event without a loss.');
  if (has('after') && method === 'get') sentences.push('Go on with `after` set to `pageInfo.endCursor`.');
  return sentences.join(' ');
}

const text = (description: string, example: string) => ({ description, schema: { type: 'string', example } });

const reference = (kind: 'headers' | 'responses', name: string) => ({ $ref: `#/components/${kind}/${name}` });

const HEADERS = {
  'X-Request-Id': text('Id of the request, in the logs and in the audit trail.', String(EXAMPLES.requestId)),
  RateLimit: text('What is left of the quota, and the seconds until it is whole again.', '"default";r=1199;t=60'),
  'RateLimit-Policy': text('The quota: requests and window in seconds.', '"default";q=1200;w=60'),
  'Retry-After': { description: 'Seconds to wait.', schema: { type: 'integer', example: 5 } },
  Location: text('Path of what was made or begun.', '/api/v1/operations/0197f2a4-6f3c-7d2e-9b1a-5c8e4f0a7d31'),
  ETag: text('Version of the resource; send it as If-Match with an edit.', '"3"'),
  'Idempotency-Replayed': text('`true` if this is the answer of an earlier request.', 'true'),
};

function headers(...names: (keyof typeof HEADERS)[]) {
  const always = ['X-Request-Id', 'RateLimit', 'RateLimit-Policy'] as const;
  return Object.fromEntries([...always, ...names].map((name) => [name, reference('headers', name)]));
}

function successHeaders(status: string, parameters: readonly Parameter[], method: string, path: string) {
  const location = status === '202' || (status === '201' && method === 'post');
  const edits =
    parameters.some(({ name }) => name === 'If-Match') ||
    /^get .*(policies|windows|changes\/\{id\})$/.test(`${method} ${path}`) ||
    (method === 'get' && status === '200');
  const replays = parameters.some(({ name }) => name === 'Idempotency-Key');
  return headers(
    ...(location ? (['Location'] as const) : []),
    ...(edits ? (['ETag'] as const) : []),
    ...(replays ? (['Idempotency-Replayed'] as const) : []),
  );
}

/** From what the operation takes; what else it can give is said by `@ApiProblems`. */
function codesOf(
  path: string,
  method: string,
  operation: OpenApiOperation,
  parameters: readonly Parameter[],
): Set<ErrorCode> {
  const codes = new Set<ErrorCode>(['UNAUTHENTICATED', 'FORBIDDEN', 'RATE_LIMITED', 'SERVICE_UNAVAILABLE', 'INTERNAL']);
  const add = (...more: ErrorCode[]) => {
    for (const code of more) codes.add(code);
  };
  const named = (name: string) => parameters.some((parameter) => parameter.name === name);
  // An unknown query parameter is refused everywhere.
  add('VALIDATION_FAILED');
  if (path.includes('{')) add('URI_TOO_LONG');
  if (path.includes('{cluster}')) add('CLUSTER_NOT_FOUND', 'CLUSTER_UNAVAILABLE', 'CLUSTER_FORBIDDEN');
  if (path.includes('{node}')) add('NODE_NOT_FOUND');
  if (/\{(id|name|pod|namespace|page)\}/.test(path)) add('NOT_FOUND');
  if (operation.requestBody) add('PAYLOAD_TOO_LARGE', 'UNSUPPORTED_MEDIA_TYPE');
  if (named('Idempotency-Key')) add('IDEMPOTENCY_KEY_REUSED', 'IDEMPOTENCY_KEY_IN_PROGRESS');
  if (named('If-Match')) add('PRECONDITION_FAILED', 'PRECONDITION_REQUIRED');
  if (method !== 'get' && path.includes('{id}')) add('CONFLICT');
  add(...(operation[PROBLEM_CODES] ?? []));
  return codes;
}

/** Answers that several operations share are written once, among the components. */
function problems(shared: Record<string, unknown>, all: ReadonlySet<ErrorCode>) {
  const byStatus = Map.groupBy([...all].sort(), (code) => PROBLEMS[code].status);
  return Object.fromEntries(
    [...byStatus].map(([status, codes]) => {
      const name = `Problem${status}_${codes.join('_')}`;
      shared[name] ??= problem(status, codes);
      return [String(status), reference('responses', name)];
    }),
  );
}

function problem(status: number, codes: readonly ErrorCode[]) {
  const [first] = codes as [ErrorCode];
  const retry = status === 429 || status === 503;
  return {
    description: codes.map((code) => `${code}: ${PROBLEMS[code].title}.`).join(' '),
    [PROBLEM_CODES]: codes,
    headers: headers(...(retry ? (['Retry-After'] as const) : [])),
    content: {
      'application/problem+json': {
        schema: { $ref: '#/components/schemas/Problem' },
        example: problemOf(new DomainError(first, `${PROBLEMS[first].title}.`), String(EXAMPLES.requestId)),
      },
    },
  };
}

function addExample(document: OpenAPIObject, media: Record<string, unknown>): void {
  if (media.schema === undefined || media.example !== undefined) return;
  media.example = exampleOf(document, media.schema as object);
}
