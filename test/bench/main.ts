import { existsSync } from 'node:fs';
import { runDrain } from './drain.js';

const USAGE = 'usage: npm run bench -- drain|reads [--repetitions N] [--json FILE]';

/** `npm run bench -- drain` and `npm run bench -- reads`. */
async function main([name, ...args]: readonly string[]): Promise<void> {
  if (name === 'drain') return runDrain(args);
  if (name !== 'reads') throw new Error(USAGE);
  const reads = new URL('./reads.js', import.meta.url);
  if (!existsSync(reads)) throw new Error('The benchmark `reads` is not part of this build.');
  const { runReads } = (await import(reads.href)) as { runReads(args: readonly string[]): Promise<void> };
  return runReads(args);
}

main(process.argv.slice(2)).catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
});
