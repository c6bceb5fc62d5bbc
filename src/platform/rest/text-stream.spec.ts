import { type AddressInfo, connect } from 'node:net';
import Fastify from 'fastify';
import { describe, expect, it } from 'vitest';
import { waitFor } from '../../../test/support/wait-for.js';
import type { Caller } from '../../kernel/actor.js';
import { streamText } from './text-stream.js';

const caller = { actor: { id: 'token:x' }, request: { requestId: 'r' } } as unknown as Caller;
const CHUNK = Buffer.alloc(64 * 1024, 'x');

async function serve(source: (signal: AbortSignal) => AsyncIterable<string | Buffer>) {
  const server = Fastify();
  server.get('/', (_request, reply) => streamText(reply, source, { caller }));
  await server.listen({ port: 0, host: '127.0.0.1' });
  return { server, port: (server.server.address() as AddressInfo).port };
}

describe('text stream', () => {
  it('stops taking from its source while the client does not read, and ends it when the client leaves', async () => {
    let taken = 0;
    let ended = false;
    const { server, port } = await serve(async function* () {
      try {
        for (;;) {
          taken += 1;
          yield CHUNK;
        }
      } finally {
        ended = true;
      }
    });
    const client = connect(port, '127.0.0.1');
    client.pause();
    client.write('GET / HTTP/1.1\r\nhost: x\r\n\r\n');
    let before = -1;
    await waitFor(() => {
      const same = taken > 0 && taken === before;
      before = taken;
      expect(same).toBe(true);
    });
    // What the kernel's buffers of both sockets hold, and no more.
    expect(taken * CHUNK.length).toBeLessThan(32 * 1024 * 1024);
    client.destroy();
    await waitFor(() => expect(ended).toBe(true));
    await server.close();
  });

  it('cuts the connection when the source fails, so that a part is not taken for the whole', async () => {
    const { server, port } = await serve(async function* () {
      yield 'first\n';
      throw new Error('the kubelet is gone');
    });
    const reading = fetch(`http://127.0.0.1:${port}/`).then((answer) => answer.text());
    await expect(reading).rejects.toThrow();
    await server.close();
  });

  it('10.25 keeps a slow reader who goes on reading, far longer than it bears one that takes nothing', async () => {
    const chunks = 400;
    const server = Fastify();
    const source = async function* () {
      for (let sent = 0; sent < chunks; sent++) yield CHUNK;
    };
    server.get('/', (_request, reply) => streamText(reply, source, { caller, drainTimeoutMs: 1000 }));
    await server.listen({ port: 0, host: '127.0.0.1' });
    const client = connect((server.server.address() as AddressInfo).port, '127.0.0.1');
    client.write('GET / HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n');
    let read = 0;
    for await (const part of client) {
      read += (part as Buffer).length;
      // Some 64 KiB each 10 ms: four seconds and more in all.
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
    expect(read).toBeGreaterThan(chunks * CHUNK.length);
    await server.close();
  });
});
