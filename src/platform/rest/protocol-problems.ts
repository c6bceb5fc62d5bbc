import { randomUUID } from 'node:crypto';
import { type IncomingMessage, type Server, type ServerResponse, STATUS_CODES } from 'node:http';
import type { Duplex } from 'node:stream';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { DomainError } from '../../kernel/domain-error.js';
import { problemOf } from './problem.js';
import { methodsAt } from './route-index.js';

interface ClientError extends Error {
  code?: string;
  rawPacket?: Buffer;
}

const ANY_METHOD = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE'];

/** The error for a path that exists with other methods; undefined where there is nothing or the method is right. */
function otherMethod(server: object, method: string, url: string): { error: DomainError; allow: string } | undefined {
  const methods = methodsAt(server, url.split('?', 1)[0] as string);
  if (methods.length === 0 || methods.includes(method)) return undefined;
  const allow = methods.join(', ');
  return { error: new DomainError('METHOD_NOT_ALLOWED', `Allowed here: ${allow}.`), allow };
}

/** Refuses another method before a body is read: methods that nobody routes may have bodies of any kind. */
export function refuseOtherMethods(server: FastifyInstance): void {
  server.addHook('onRequest', async (request: FastifyRequest, reply: FastifyReply) => {
    if (!request.is404) return;
    const other = otherMethod(server.server, request.method, request.url);
    if (!other) return;
    reply.header('allow', other.allow);
    throw other.error;
  });
}

/** What is refused below the framework, by the HTTP parser itself, is told as problem documents too. */
export function answerProtocolErrors(http: Server): void {
  http.on('connect', (_request: IncomingMessage, socket: Duplex) =>
    writeProblem(socket, new DomainError('METHOD_NOT_ALLOWED', 'This is no proxy.'), ANY_METHOD.join(', ')),
  );
  http.on('checkExpectation', (_request: IncomingMessage, response: ServerResponse) => {
    const error = new DomainError('EXPECTATION_FAILED', 'The only expectation that is met is 100-continue.');
    const problem = problemOf(error, randomUUID());
    const body = JSON.stringify(problem);
    const length = Buffer.byteLength(body);
    response
      .writeHead(problem.status, { 'content-type': TYPE, 'content-length': length, connection: 'close' })
      .end(body);
  });
}

/** The framework's handler for bytes that are no request. */
export function clientErrorHandler(this: FastifyInstance, error: ClientError, socket: Duplex): void {
  if (error.code === 'ECONNRESET' || socket.destroyed) return;
  const [method = '', url = ''] = error.rawPacket?.toString('latin1').split(/[ \r\n]/, 2) ?? [];
  if (error.code === 'HPE_INVALID_METHOD' && /^[A-Z]{1,32}$/.test(method) && url.startsWith('/')) {
    const allow = methodsAt(this.server, url.split('?', 1)[0] as string);
    const known = new DomainError('METHOD_NOT_ALLOWED', 'The method is not one that is known here.');
    writeProblem(socket, known, (allow.length > 0 ? allow : ANY_METHOD).join(', '));
  } else writeProblem(socket, protocolErrorOf(error));
}

function protocolErrorOf({ code }: ClientError): DomainError {
  if (code === 'HPE_HEADER_OVERFLOW') {
    return new DomainError('HEADERS_TOO_LARGE', 'The path and the headers may have at most 16 KiB together.');
  }
  if (code === 'ERR_HTTP_REQUEST_TIMEOUT') {
    return new DomainError('REQUEST_TIMEOUT', 'The request did not come in time.');
  }
  return new DomainError('VALIDATION_FAILED', 'This is not a valid HTTP request.');
}

const TYPE = 'application/problem+json; charset=utf-8';

function writeProblem(socket: Duplex, error: DomainError, allow?: string): void {
  // Node lets go of a socket that it hands over: whoever leaves before the answer must not end the process, nor stay for ever.
  socket.on('error', () => socket.destroy());
  const requestId = randomUUID();
  const problem = problemOf(error, requestId);
  const body = JSON.stringify(problem);
  const head = [
    `HTTP/1.1 ${problem.status} ${STATUS_CODES[problem.status]}`,
    `Content-Type: ${TYPE}`,
    `Content-Length: ${Buffer.byteLength(body)}`,
    `X-Request-Id: ${requestId}`,
    'X-Content-Type-Options: nosniff',
    'Cache-Control: no-store',
    'Connection: close',
    ...(allow === undefined ? [] : [`Allow: ${allow}`]),
  ];
  if (!socket.writable) return void socket.destroy();
  socket.end(`${head.join('\r\n')}\r\n\r\n${body}`, () => socket.destroy());
}
