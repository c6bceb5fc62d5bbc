import { chmodSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { type EmbeddedPostgres, startEmbeddedPostgres } from '../../src/embedded/postgres/start-embedded-postgres.js';
import { freezeProcesses } from './freeze-processes.js';

export interface TestDatabase {
  url: string;
  /** Drops the database, also under open connections. */
  drop(): Promise<void>;
}

/** One throw-away Postgres that hands out fresh databases. */
export class PostgresServer {
  private created = 0;

  private constructor(
    private readonly server: EmbeddedPostgres,
    private readonly folder: string,
  ) {}

  static async start(parent = tmpdir()): Promise<PostgresServer> {
    const folder = mkdtempSync(join(parent, 'steward-pg-'));
    chmodSync(folder, 0o711); // started by root, the server runs as another user
    const server = await startEmbeddedPostgres({
      dataDir: join(folder, 'postgres'),
      database: 'test',
      durability: 'test',
    });
    return new PostgresServer(server, folder);
  }

  /** @param template an earlier database of this server to copy, for example one that has all migrations */
  async createDatabase(template = 'template1'): Promise<TestDatabase> {
    this.created += 1;
    const name = `test_${this.created}`;
    await this.run(`CREATE DATABASE ${name} TEMPLATE ${template}`);
    return { url: this.urlOf(name), drop: () => this.run(`DROP DATABASE IF EXISTS ${name} WITH (FORCE)`) };
  }

  /** Stops all its processes where they are: connections stay open and nothing answers. Returns what lets them go on. */
  freeze(): () => void {
    const [pid] = readFileSync(join(this.server.dataFolder, 'postmaster.pid'), 'utf8').split('\n');
    return freezeProcesses(Number(pid));
  }

  async stop(): Promise<void> {
    await this.server.stop();
    rmSync(this.server.dataFolder, { recursive: true, force: true, maxRetries: 5 });
    rmSync(this.folder, { recursive: true, force: true, maxRetries: 5 });
  }

  private urlOf(database: string): string {
    return this.server.url.replace(/\/test$/, `/${database}`);
  }

  private async run(statement: string): Promise<void> {
    const client = new pg.Client({ connectionString: this.server.url });
    await client.connect();
    try {
      await client.query(statement);
    } finally {
      await client.end();
    }
  }
}
