import { once } from 'node:events';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { BoundedClient } from './bounded-client.js';
import { BoundedPool } from './bounded-pool.js';
import { boundedPool } from './database-limits.js';
import { databaseTrouble } from './database-unavailable.js';

it('10.4 tells everyone who waits for a connection once, however long a silent server stays so', async () => {
  const sockets: Socket[] = [];
  const silent = createServer((socket) => sockets.push(socket));
  await once(silent.listen(0, '127.0.0.1'), 'listening');
  const { port } = silent.address() as AddressInfo;
  const limits = { connectMs: 100, statementMs: 100, answerMs: 100 };
  const pool = new BoundedPool({
    ...boundedPool(limits),
    Client: BoundedClient as never,
    host: '127.0.0.1',
    port,
    max: 2,
    connectLimitMs: limits.connectMs,
  });
  pool.on('error', () => undefined);
  try {
    const waiting = Array.from({ length: 20 }, () => pool.connect().then(() => null, databaseTrouble));
    expect(new Set(await Promise.all(waiting))).toEqual(new Set(['TIMEOUT']));
    // The pool's own limit, which comes later, finds that nobody waits any more.
    await sleep(5 * limits.connectMs);
  } finally {
    for (const socket of sockets) socket.destroy();
    await pool.end();
    silent.close();
  }
});
