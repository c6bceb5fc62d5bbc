import type { IncomingMessage } from 'node:http';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { DomainError } from '../../kernel/domain-error.js';

/** The one path with another protocol. */
const SOCKET_PATH = '/graphql';
const SOCKET_VERSION = '13';
const SOCKET_KEY = /^[+/0-9A-Za-z]{22}==$/;

/**
 * Whether a request opens a GraphQL socket, as RFC 6455 has it. Node hands such a connection over and forgets it; whatever
 * else asks for another protocol stays a request and is answered.
 */
export function opensSocket({ method, url = '', headers }: IncomingMessage): boolean {
  return (
    method === 'GET' &&
    url.split('?', 1)[0] === SOCKET_PATH &&
    headers.upgrade?.toLowerCase() === 'websocket' &&
    headers['sec-websocket-version'] === SOCKET_VERSION &&
    SOCKET_KEY.test(headers['sec-websocket-key'] ?? '')
  );
}

/** Refuses every other protocol at once, and closes the connection: its sender may not speak HTTP/1.1 any more. */
export function refuseUpgrades(server: FastifyInstance): void {
  server.addHook('onRequest', async ({ headers }: FastifyRequest, reply: FastifyReply) => {
    if (headers.upgrade === undefined || !/\bupgrade\b/i.test(headers.connection ?? '')) return;
    reply.header('connection', 'close').header('sec-websocket-version', SOCKET_VERSION);
    const message = `This path speaks HTTP/1.1 only; WebSocket, of version ${SOCKET_VERSION}, is for GET ${SOCKET_PATH}.`;
    throw new DomainError('VALIDATION_FAILED', message);
  });
  // Whoever leaves before the socket server has it must not end the process.
  server.server.on('upgrade', (_request, socket) => socket.on('error', () => socket.destroy()));
}
