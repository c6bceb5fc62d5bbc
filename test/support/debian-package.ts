import { existsSync, mkdirSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { mustRun } from './run-command.js';

/** Unpacks a Debian package, and what it needs beyond what is installed, into `root`; without root, and without touching the machine's lists. */
export async function unpackDebianPackage(name: string, folder: string): Promise<void> {
  for (const part of ['lists/partial', 'cache/archives/partial', 'debs', 'root'])
    mkdirSync(join(folder, part), { recursive: true });
  const settings = [
    `Dir::State::lists=${join(folder, 'lists')}`,
    `Dir::Cache=${join(folder, 'cache')}`,
    'Debug::NoLocking=1',
    'APT::Sandbox::User=root',
  ].flatMap((setting) => ['-o', setting]);
  const debs = join(folder, 'debs');
  await mustRun('apt-get', [...settings, '-qq', 'update']);
  const plan = await mustRun('apt-get', [...settings, '-s', 'install', '--no-install-recommends', name]);
  const packages = [...plan.matchAll(/^Inst (\S+)/gm)].map((match) => match[1] as string);
  await mustRun('apt-get', [...settings, '-qq', 'download', ...packages], { cwd: debs });
  for (const deb of readdirSync(debs)) await mustRun('dpkg', ['-x', join(debs, deb), join(folder, 'root')]);
  for (const part of ['lists', 'cache', 'debs']) rmSync(join(folder, part), { recursive: true });
}

/** `usr/lib/<architecture>` of an unpacked package. */
export function librariesOf(folder: string): string | undefined {
  const lib = join(folder, 'root/usr/lib');
  const name = existsSync(lib) ? readdirSync(lib).find((each) => each.endsWith('-linux-gnu')) : undefined;
  return name && join(lib, name);
}
