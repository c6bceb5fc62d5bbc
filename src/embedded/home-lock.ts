import { spawnSync } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { linkSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { StartupError } from '../kernel/startup-error.js';

interface Holder {
  pid: number;
  /** Start time of that process: its number alone may belong to another one after a crash. */
  started: string;
}

/** One process per home folder: two would run two Postgres servers on one data folder. */
export class HomeLock {
  private constructor(
    private readonly file: string,
    private readonly content: string,
  ) {}

  /** @throws StartupError if a living process holds it; the lock of a dead one is taken over. */
  static acquire(home: string): HomeLock {
    const file = join(home, 'lock');
    const content = `${JSON.stringify({ pid: process.pid, started: startOf(process.pid) } satisfies Holder)}\n`;
    const mine = `${file}.${randomUUID()}`;
    writeFileSync(mine, content, { mode: 0o644 });
    try {
      for (let attempt = 0; attempt < 10; attempt++) {
        if (linked(mine, file)) return new HomeLock(file, content);
        const holder = readHolder(file);
        if (holder && isAlive(holder)) {
          throw new StartupError(
            `Node Steward already runs in ${home} (process ${holder.pid}): stop it, or set NODE_STEWARD_HOME and PORT for a second one`,
          );
        }
        // Renamed first, so that of two starts that both see the dead holder only one removes it.
        const stale = `${file}.${randomUUID()}`;
        try {
          renameSync(file, stale);
          rmSync(stale);
        } catch (error) {
          if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
        }
      }
    } finally {
      rmSync(mine, { force: true });
    }
    throw new StartupError(`The lock ${file} cannot be taken: delete it if no Node Steward runs in ${home}`);
  }

  release(): void {
    try {
      if (readFileSync(this.file, 'utf8') === this.content) rmSync(this.file);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error; // reset by hand while we ran
    }
  }
}

/** A hard link appears with its content or not at all, unlike a file that is created and then written. */
function linked(from: string, to: string): boolean {
  try {
    linkSync(from, to);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
}

function readHolder(file: string): Holder | undefined {
  try {
    const holder = JSON.parse(readFileSync(file, 'utf8')) as Holder;
    return Number.isInteger(holder.pid) ? holder : undefined;
  } catch {
    return undefined;
  }
}

function isAlive(holder: Holder): boolean {
  try {
    process.kill(holder.pid, 0);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EPERM') return false;
  }
  return startOf(holder.pid) === holder.started;
}

function startOf(pid: number): string {
  if (process.platform !== 'linux') {
    return spawnSync('ps', ['-o', 'lstart=', '-p', String(pid)], { encoding: 'utf8' }).stdout?.trim() ?? '';
  }
  try {
    // Field 22, counted after the command name, which may hold blanks and brackets itself.
    return readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ').at(-1)?.split(' ')[19] ?? '';
  } catch {
    return '';
  }
}
