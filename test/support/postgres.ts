import { afterAll } from 'vitest';
import { PostgresServer, type TestDatabase } from './postgres-server.js';

export type { TestDatabase };

let server: Promise<PostgresServer> | undefined;

/** A fresh, empty database. The first call of a spec file starts a real Postgres, which ends with that file. */
export async function testDatabase(): Promise<TestDatabase> {
  server ??= PostgresServer.start();
  return (await server).createDatabase();
}

// Registered on import: a hook cannot be registered inside another hook.
afterAll(async () => {
  await (await server)?.stop();
  server = undefined;
});
