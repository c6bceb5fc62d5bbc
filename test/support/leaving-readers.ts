import { once } from 'node:events';
import { type ClientRequest, type IncomingMessage, request } from 'node:http';
import { setImmediate as turn } from 'node:timers/promises';
import { WebSocket } from 'undici';

/** When a reader goes: so many turns of the event loop after asking, with the headers, with the first data, or never. */
export type Moment = number | 'headers' | 'data' | 'end';

export const MOMENTS: readonly Moment[] = [0, 1, 3, 6, 10, 20, 40, 'headers', 'data', 'end'];

export interface Asked {
  readonly method?: string;
  readonly path: string;
  readonly headers?: Record<string, string>;
  readonly body?: unknown;
}

/** Asks on a connection of its own and leaves by cutting it. Resolves when it is gone, with the status if there was one. */
export async function leaveAnswer(url: string, asked: Asked, moment: Moment): Promise<number | undefined> {
  const body = asked.body === undefined ? undefined : JSON.stringify(asked.body);
  const headers = { ...asked.headers, ...(body === undefined ? {} : { 'content-type': 'application/json' }) };
  const sent = request(`${url}${asked.path}`, { method: asked.method ?? 'GET', headers, agent: false });
  const closed = new Promise<void>((resolve) => sent.once('close', () => resolve()));
  sent.on('error', () => undefined);
  const answered = new Promise<IncomingMessage>((resolve) => sent.once('response', resolve));
  sent.end(body);
  const answer = await Promise.race([answered, closed, leaveAfter(sent, moment)]);
  if (answer === undefined) {
    await closed;
    return undefined;
  }
  answer.on('error', () => undefined);
  const ended = new Promise<void>((resolve) => answer.once('close', () => resolve()));
  if (moment === 'headers') sent.destroy();
  else if (moment === 'data') answer.once('data', () => sent.destroy());
  else answer.resume();
  await ended;
  return answer.statusCode;
}

async function leaveAfter(sent: ClientRequest, moment: Moment): Promise<undefined> {
  if (typeof moment !== 'number') return new Promise(() => undefined);
  if (!sent.socket) await once(sent, 'socket');
  if (sent.socket?.connecting) await once(sent.socket, 'connect');
  for (let turns = 0; turns < moment; turns++) await turn();
  sent.destroy();
  return undefined;
}

/**
 * Subscribes and leaves: by closing the socket, or by `complete` and another subscription of the same id, which ends with
 * the socket. Resolves when it is closed, with what came.
 */
export async function leaveSubscription(
  url: string,
  { authorization, query }: { authorization: string; query: string },
  moment: Moment,
  again: boolean,
): Promise<string[]> {
  const socket = new WebSocket(`${url.replace('http', 'ws')}/graphql`, 'graphql-transport-ws');
  const closed = new Promise<void>((resolve) => socket.addEventListener('close', () => resolve()));
  const received: string[] = [];
  const waiting: [type: string, resolve: () => void][] = [];
  const type = (name: string) => new Promise<void>((resolve) => waiting.push([name, resolve]));
  socket.addEventListener('message', ({ data }) => {
    const message = JSON.parse(String(data)) as { type: string };
    if (message.type === 'ping') return;
    received.push(message.type);
    for (const [name, resolve] of waiting) if (name === message.type) resolve();
  });
  const send = (message: object) => socket.readyState === WebSocket.OPEN && socket.send(JSON.stringify(message));
  const subscribe = () => send({ id: '1', type: 'subscribe', payload: { query } });
  const acknowledged = type('connection_ack');
  const first = Promise.race([type('next'), type('error'), type('complete'), closed]);
  const last = Promise.race([type('complete'), type('error'), closed]);
  await new Promise<void>((resolve) => socket.addEventListener('open', () => resolve()));
  send({ type: 'connection_init', payload: { authorization } });
  if (moment !== 0) await acknowledged;
  subscribe();
  if (typeof moment === 'number') for (let turns = 0; turns < moment; turns++) await turn();
  if (moment === 'data') await first;
  if (moment === 'end') await last;
  if (again) {
    send({ id: '1', type: 'complete' });
    subscribe();
    await turn();
  }
  socket.close();
  await closed;
  return received;
}
