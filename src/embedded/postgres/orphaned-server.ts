import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { StartupError } from '../../kernel/startup-error.js';

const PATIENCE_MS = 20_000;

/**
 * Ends a server that still holds the data folder and clears its pid file. The caller holds the lock of the home folder, so such a server
 * belongs to a start that was killed: mostly it is already shutting down.
 */
export async function endOrphanedServer(dataFolder: string): Promise<void> {
  const file = join(dataFolder, 'postmaster.pid');
  const deadline = Date.now() + PATIENCE_MS;
  let asked = false;
  for (;;) {
    const pid = readPid(file);
    if (pid === undefined) return;
    if (!isServerOf(pid, dataFolder)) {
      // A crash left the file, and the number may belong to any process by now: Postgres itself would refuse to start.
      rmSync(file, { force: true });
      return;
    }
    if (!asked) signal(pid, 'SIGINT');
    asked = true;
    if (Date.now() > deadline) {
      throw new StartupError(
        `An earlier embedded Postgres (process ${pid}) does not end: stop it with kill -QUIT ${pid}, then start again.`,
      );
    }
    await sleep(50);
  }
}

function readPid(file: string): number | undefined {
  try {
    const pid = Number(readFileSync(file, 'utf8').split('\n')[0]);
    return Number.isInteger(pid) && pid > 1 ? pid : undefined;
  } catch {
    return undefined;
  }
}

function isServerOf(pid: number, dataFolder: string): boolean {
  if (!signal(pid, 0)) return false;
  try {
    // Linux: the command line names the data folder. A zombie has an empty one.
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0').includes(dataFolder);
  } catch {
    return process.platform !== 'linux';
  }
}

function signal(pid: number, name: NodeJS.Signals | 0): boolean {
  try {
    return process.kill(pid, name);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
