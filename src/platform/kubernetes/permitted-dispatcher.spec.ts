import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Agent, request } from 'undici';
import { expect, it } from 'vitest';
import { Permit, PermitLost } from '../../kernel/permit.js';
import { permittedDispatcher } from './permitted-dispatcher.js';

class SwitchedPermit extends Permit {
  held = true;
  answered = 0;

  override admit(): () => void {
    if (!this.held) throw new PermitLost();
    return () => {
      this.answered += 1;
    };
  }
}

it('10.1 a request whose permit is lost while it waits for a connection is never written', async () => {
  const seen: string[] = [];
  const server = createServer((incoming, answer) => {
    seen.push(incoming.url ?? '');
    answer.end();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const agent = new Agent({ connections: 1, pipelining: 1 });
  const permit = new SwitchedPermit();
  const dispatcher = permittedDispatcher(agent, permit);
  try {
    const queued = request(`${url}/queued`, { method: 'POST', dispatcher });
    // Asked for while it was held; the connection is not there yet.
    permit.held = false;
    await expect(queued).rejects.toBeInstanceOf(PermitLost);
    permit.held = true;
    const { body } = await request(`${url}/held`, { method: 'POST', dispatcher });
    await body.dump();
    expect([seen, permit.answered]).toEqual([['/held'], 1]);
  } finally {
    await agent.destroy();
    server.close();
  }
});
