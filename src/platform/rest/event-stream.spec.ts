import { once } from 'node:events';
import fastify, { type FastifyInstance } from 'fastify';
import { Agent, request } from 'undici';
import { afterEach, expect, test } from 'vitest';
import type { Caller } from '../../kernel/actor.js';
import { DomainError } from '../../kernel/domain-error.js';
import { lastEventId, type StreamedEvent, streamEvents } from './event-stream.js';

const caller = (whenCredentialLost?: Caller['whenCredentialLost']): Caller => ({
  actor: {
    type: 'person',
    id: 'token:1',
    displayName: 'someone',
    groups: [],
    bindings: [],
    authMethod: 'api-token',
  },
  request: { requestId: 'request-1' },
  ...(whenCredentialLost ? { whenCredentialLost } : {}),
});

function deferred(): { promise: Promise<void>; resolve: () => void } {
  let resolve: () => void = () => {
    throw new Error('not yet');
  };
  const promise = new Promise<void>((done) => {
    resolve = done;
  });
  return { promise, resolve };
}

const apps: FastifyInstance[] = [];
afterEach(async () => {
  for (const app of apps.splice(0)) await app.close();
});

async function serve(
  source: (signal: AbortSignal) => AsyncIterable<StreamedEvent>,
  options: Partial<Parameters<typeof streamEvents>[2]> = {},
): Promise<string> {
  const app = fastify({ forceCloseConnections: true });
  apps.push(app);
  app.get('/', (_request, reply) => streamEvents(reply, source, { caller: caller(), ...options }));
  return app.listen({ port: 0 });
}

test('events are framed with id, event and data, and the stream ends with its source', async () => {
  const url = await serve(async function* () {
    yield { id: 1, event: 'state', data: { a: 'line\nbreak' } };
    yield { id: 2, event: 'done', data: null };
  });
  const { headers, body } = await request(url);
  expect(headers['content-type']).toContain('text/event-stream');
  expect(await body.text()).toBe(
    'id: 1\nevent: state\ndata: {"a":"line\\nbreak"}\n\nid: 2\nevent: done\ndata: null\n\n',
  );
});

test('a waiting source is aborted when the client leaves', async () => {
  const aborted = deferred();
  const url = await serve(async function* (signal) {
    yield { id: 1, event: 'state', data: 1 };
    await once(signal, 'abort');
    aborted.resolve();
  });
  const { body } = await request(url);
  body.on('error', () => undefined);
  await once(body, 'data');
  body.destroy();
  await aborted.promise;
});

test('heartbeats keep an idle stream alive', async () => {
  const url = await serve(
    async function* (signal) {
      await once(signal, 'abort');
      yield* [];
    },
    { heartbeatMs: 5 },
  );
  const { body } = await request(url);
  body.on('error', () => undefined);
  const [chunk] = (await once(body, 'data')) as [Buffer];
  expect(chunk.toString().startsWith(':\n\n')).toBe(true);
  body.destroy();
});

test('a stream ends with an error event when the credential expires', async () => {
  const url = await serve(
    async function* (signal) {
      await once(signal, 'abort');
      yield* [];
    },
    {
      caller: caller((end) => {
        const timer = setTimeout(() => end(new DomainError('UNAUTHENTICATED', 'The token has expired.')), 30);
        return () => clearTimeout(timer);
      }),
    },
  );
  const { body } = await request(url);
  const text = await body.text();
  expect(text).toContain('event: error');
  expect(text).toContain('"code":"UNAUTHENTICATED"');
});

test('a failing source ends the stream with an error event that tells nothing internal', async () => {
  const url = await serve(async function* () {
    yield { id: 1, event: 'state', data: 1 };
    throw new Error('password=secret');
  });
  const text = await (await request(url)).body.text();
  expect(text).toContain('"code":"INTERNAL"');
  expect(text).not.toContain('secret');
});

test('a client that does not read slows its source down and is cut off', async () => {
  let taken = 0;
  const stopped = deferred();
  const url = await serve(
    async function* (signal) {
      try {
        while (!signal.aborted && taken < 100_000) {
          taken += 1;
          yield { id: taken, event: 'state', data: 'x'.repeat(16 * 1024) };
        }
      } finally {
        stopped.resolve();
      }
    },
    { drainTimeoutMs: 100 },
  );
  const { body } = await request(url, { dispatcher: new Agent({ bodyTimeout: 0 }) });
  body.on('error', () => undefined);
  await stopped.promise;
  // Socket buffers hold a few megabytes at most; the source would have given 1.6 GB.
  expect(taken * 16).toBeLessThan(64 * 1024);
  body.destroy();
});

test('Last-Event-ID wins over the parameter; other text is refused', () => {
  expect(lastEventId('7', '3')).toBe(7);
  expect(lastEventId(undefined, '3')).toBe(3);
  expect(lastEventId(undefined)).toBe(0);
  expect(() => lastEventId('x')).toThrow('Last-Event-ID');
});
