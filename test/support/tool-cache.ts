import { chmodSync, existsSync, mkdirSync, mkdtempSync, renameSync, rmSync, statSync, utimesSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { projectRoot } from './project-root.js';

const STALE_LOCK_MS = 30_000;
const PATIENCE_MS = 240_000;

/**
 * A folder under `.cache/` that `make` fills once. Spec files run in parallel processes: one of them makes it, the others wait; it appears under
 * its name only when it is complete.
 */
export async function cachedFolder(name: string, make: (staging: string) => Promise<void>): Promise<string> {
  const cache = join(projectRoot, '.cache');
  const target = join(cache, name);
  const lock = `${target}.lock`;
  mkdirSync(cache, { recursive: true });
  const deadline = Date.now() + PATIENCE_MS;
  while (!existsSync(target)) {
    if (!takeLock(lock)) {
      if (Date.now() > deadline) throw new Error(`${target} is being made by another process for too long`);
      await sleep(200);
      continue;
    }
    const heartbeat = setInterval(() => utimesSync(lock, new Date(), new Date()), 5_000);
    const staging = mkdtempSync(join(cache, `${name}.new-`));
    try {
      if (!existsSync(target)) {
        await make(staging);
        chmodSync(staging, 0o755); // another user may run the tests next
        renameSync(staging, target);
      }
    } finally {
      clearInterval(heartbeat);
      rmSync(staging, { recursive: true, force: true });
      rmSync(lock, { recursive: true, force: true });
    }
  }
  return target;
}

function takeLock(lock: string): boolean {
  try {
    mkdirSync(lock);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    const age = Date.now() - (statSync(lock, { throwIfNoEntry: false })?.mtimeMs ?? Date.now());
    if (age > STALE_LOCK_MS) rmSync(lock, { recursive: true, force: true });
    return false;
  }
}
