import { DataSource } from 'typeorm';
import { loadMigrations } from './load-migrations.js';

/** Arbitrary but fixed: every process that migrates takes the same advisory lock. */
const LOCK_KEY = 7_164_401;
const CONNECT_MS = 10_000;

/**
 * Applies pending migrations, one process at a time: others wait on an advisory lock and then find nothing to do.
 * @returns names of the migrations applied.
 */
export async function runMigrations(databaseUrl: string): Promise<string[]> {
  const dataSource = new DataSource({
    type: 'postgres',
    url: databaseUrl,
    migrations: await loadMigrations(),
    migrationsTransactionMode: 'each',
    applicationName: 'node-steward-migrate',
    poolSize: 2,
    // A migration may take its time; only who does not answer at all is given up.
    extra: { connectionTimeoutMillis: CONNECT_MS, keepAlive: true },
  });
  await dataSource.initialize();
  const lock = dataSource.createQueryRunner();
  try {
    await lock.query('SELECT pg_advisory_lock($1)', [LOCK_KEY]);
    const applied = await dataSource.runMigrations();
    return applied.map((migration) => migration.name);
  } finally {
    await lock.query('SELECT pg_advisory_unlock($1)', [LOCK_KEY]);
    await lock.release();
    await dataSource.destroy();
  }
}
