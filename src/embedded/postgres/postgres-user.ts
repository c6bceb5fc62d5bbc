import { spawnSync } from 'node:child_process';
import { readFileSync, statSync } from 'node:fs';

/** The user that Postgres runs as; undefined means ours. */
export interface PostgresUser {
  uid: number;
  gid: number;
}

/**
 * Postgres refuses to run as root. A data folder that exists keeps its owner, so that nothing has to be chowned twice; else the account
 * named postgres, else nobody.
 */
export function postgresUser(dataFolder: string, passwd = '/etc/passwd'): PostgresUser | undefined {
  if (process.getuid?.() !== 0) return undefined;
  const owner = statSync(dataFolder, { throwIfNoEntry: false });
  if (owner && owner.uid !== 0) return { uid: owner.uid, gid: owner.gid };
  return accountNamed('postgres', passwd) ?? accountNamed('nobody', passwd) ?? { uid: 65_534, gid: 65_534 };
}

/** Whether that user can enter the folder: any parent of it may be closed, like a home folder with mode 0700. */
export function canEnter(folder: string, user: PostgresUser | undefined): boolean {
  if (!user) return true;
  return spawnSync('/bin/sh', ['-c', 'cd "$1"', 'sh', folder], { cwd: '/', stdio: 'ignore', ...user }).status === 0;
}

function accountNamed(name: string, passwd: string): PostgresUser | undefined {
  let lines: string[];
  try {
    lines = readFileSync(passwd, 'utf8').split('\n');
  } catch {
    return undefined; // minimal images have no such file
  }
  const fields = lines.find((line) => line.startsWith(`${name}:`))?.split(':');
  const uid = Number(fields?.[2]);
  const gid = Number(fields?.[3]);
  return uid > 0 && gid > 0 ? { uid, gid } : undefined;
}
