import { createHash, randomBytes } from 'node:crypto';
import { chmodSync, chownSync, existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { StartupError } from '../../kernel/startup-error.js';
import { canEnter, type PostgresUser, postgresUser } from './postgres-user.js';

/** What must stay the same over restarts. `id` tells data of this folder from what a deleted one left behind elsewhere. */
interface FolderState {
  id: string;
  password: string;
  port?: number;
  dataFolder: string;
}

/** The folder of one embedded Postgres: its secrets (ours, 0600), its log, and the data folder (owned by the user that Postgres runs as). */
export class PostgresFolder {
  private constructor(
    readonly path: string,
    readonly user: PostgresUser | undefined,
    private state: FolderState,
  ) {}

  /** Opens or makes the folder. @throws StartupError if it cannot be written. */
  static open(path: string): PostgresFolder {
    try {
      // Others may pass through but not list: the server may run as another user and has to reach its data.
      mkdirSync(path, { recursive: true, mode: 0o711 });
      chmodSync(path, 0o711);
      const state = readState(join(path, 'state.json'));
      const user = postgresUser(state?.dataFolder ?? join(path, 'data'));
      const folder = new PostgresFolder(path, user, state ?? newState(path, user));
      folder.save();
      return folder;
    } catch (cause) {
      if (cause instanceof StartupError) throw cause;
      const problem = (cause as NodeJS.ErrnoException).code ?? (cause as Error).message;
      throw new StartupError(
        `The folder ${path} cannot be written (${problem}): make it writable for this user, or set NODE_STEWARD_HOME to another folder.`,
        { cause },
      );
    }
  }

  get dataFolder(): string {
    return this.state.dataFolder;
  }

  get password(): string {
    return this.state.password;
  }

  get port(): number | undefined {
    return this.state.port;
  }

  get logFile(): string {
    return join(this.path, 'postgres.log');
  }

  rememberPort(port: number): void {
    if (this.state.port === port) return;
    this.state = { ...this.state, port };
    this.save();
  }

  get initialized(): boolean {
    return existsSync(join(this.dataFolder, 'PG_VERSION'));
  }

  /** Major version that wrote the data. */
  get dataVersion(): number {
    return Number(readFileSync(join(this.dataFolder, 'PG_VERSION'), 'utf8').trim());
  }

  /**
   * Runs `initialize` on an empty folder that only takes its final name when it is complete: a start that was killed half-way leaves nothing
   * that looks like data.
   */
  async create(initialize: (dataFolder: string, passwordFile: string) => Promise<void>): Promise<void> {
    const staging = `${this.dataFolder}.new`;
    const passwordFile = `${this.dataFolder}.password`;
    rmSync(staging, { recursive: true, force: true });
    rmSync(this.dataFolder, { recursive: true, force: true });
    mkdirSync(staging, { mode: 0o700 });
    writeFileSync(passwordFile, this.password, { mode: 0o600 });
    try {
      if (this.user) {
        chownSync(staging, this.user.uid, this.user.gid);
        chownSync(passwordFile, this.user.uid, this.user.gid);
      }
      await initialize(staging, passwordFile);
    } finally {
      rmSync(passwordFile, { force: true });
    }
    renameSync(staging, this.dataFolder);
  }

  private save(): void {
    const file = join(this.path, 'state.json');
    const next = `${file}.${process.pid}`;
    writeFileSync(next, `${JSON.stringify(this.state, null, 2)}\n`, { mode: 0o600 });
    renameSync(next, file);
  }
}

function readState(file: string): FolderState | undefined {
  if (!existsSync(file)) return undefined;
  const state = JSON.parse(readFileSync(file, 'utf8')) as FolderState;
  return state.id && state.password && state.dataFolder ? state : undefined;
}

function newState(path: string, user: PostgresUser | undefined): FolderState {
  const id = randomBytes(6).toString('hex');
  return { id, password: randomBytes(24).toString('base64url'), dataFolder: placeForData(path, user) };
}

/**
 * Beside our files if the server's user can get there. If not (a checkout inside a 0700 home folder, started by root), in a folder of the
 * machine, named after the path, so that it is found again and that a reset of the home folder reuses it.
 */
function placeForData(path: string, user: PostgresUser | undefined): string {
  if (canEnter(path, user)) return join(path, 'data');
  const name = createHash('sha256').update(path).digest('hex').slice(0, 12);
  for (const root of ['/var/lib', tmpdir()]) {
    const place = join(root, 'node-steward', name);
    try {
      mkdirSync(place, { recursive: true, mode: 0o711 });
    } catch {
      continue;
    }
    if (!canEnter(place, user)) continue;
    rmSync(join(place, 'data'), { recursive: true, force: true }); // of a home folder that is gone
    return join(place, 'data');
  }
  throw new StartupError(
    `Postgres cannot run as root and user ${user?.uid} cannot enter ${path}: set NODE_STEWARD_HOME to a folder outside a private home.`,
  );
}
