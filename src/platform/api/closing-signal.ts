import type { FastifyReply } from 'fastify';
import { clientSignal } from './client-signal.js';

const closing = new WeakMap<object, AbortController>();

/** Ends what waits for something in this server, which goes down: it is answered with what there is. */
export function announceClosing(server: object): void {
  controllerOf(server).abort();
}

/** Aborts when there is no use in waiting any more for who gets this answer: the client has left or the server goes down. */
export function endOfWaiting(reply: FastifyReply): AbortSignal {
  return AbortSignal.any([clientSignal(reply), controllerOf(reply.server.server).signal]);
}

function controllerOf(server: object): AbortController {
  const known = closing.get(server) ?? new AbortController();
  closing.set(server, known);
  return known;
}
