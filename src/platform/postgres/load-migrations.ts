import { readdir } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import type { MigrationInterface } from 'typeorm';

type MigrationClass = new () => MigrationInterface;
const FOLDER = new URL('../../../migrations/', import.meta.url);

/** All migration classes in file name order. TypeORM's own globs can't load ES modules through a test runner. */
export async function loadMigrations(): Promise<MigrationClass[]> {
  const files = (await readdir(fileURLToPath(FOLDER)))
    .filter((f) => /\.(js|ts)$/.test(f) && !f.endsWith('.d.ts'))
    .sort();
  const modules = await Promise.all(files.map((f) => import(/* @vite-ignore */ new URL(f, FOLDER).href)));
  return modules.flatMap((m: Record<string, unknown>) =>
    Object.values(m).filter((v): v is MigrationClass => typeof v === 'function'),
  );
}
