import { readdirSync } from 'node:fs';
import { basename, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { ChaosCase } from './chaos-case.js';

const FOLDER = join(import.meta.dirname, 'cases');

/** All cases, by name: `cases/<name>.ts` is the case `<name>`. */
export async function findCases(): Promise<ChaosCase[]> {
  const files = readdirSync(FOLDER).filter((file) => /^[a-z-]+\.(ts|js)$/.test(file));
  return Promise.all(
    files.sort().map(async (file) => {
      const { chaosCase } = (await import(pathToFileURL(join(FOLDER, file)).href)) as { chaosCase?: ChaosCase };
      const name = basename(file).replace(/\.(ts|js)$/, '');
      if (chaosCase?.name !== name) throw new Error(`cases/${file} exports no chaosCase of the name ${name}`);
      return chaosCase;
    }),
  );
}
