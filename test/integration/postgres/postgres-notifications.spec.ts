import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { loadConfig } from '../../../src/config/app-config.js';
import { Notifications } from '../../../src/platform/postgres/notifications.js';
import { createLogger } from '../../../src/platform/telemetry/logger.js';

it('goes on trying a database that is away, one attempt after the other and ever more slowly', async () => {
  let attempts = 0;
  const server = createServer((socket) => {
    attempts += 1;
    socket.destroy();
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const { port } = server.address() as AddressInfo;
  const config = loadConfig({ DATABASE_URL: `postgres://nobody@127.0.0.1:${port}/none` }, false);
  const logger = createLogger(config);
  let warnings = 0;
  logger.warn = () => {
    warnings += 1;
  };
  const notifications = new Notifications(config, logger);
  try {
    await expect(notifications.listen('channel', () => undefined)).rejects.toThrow();
    await sleep(6000);
    expect(attempts).toBeGreaterThan(2);
    expect(attempts).toBeLessThan(7);
    expect(warnings).toBeLessThan(2 * 7);
  } finally {
    await notifications.onApplicationShutdown();
    server.close();
  }
});
