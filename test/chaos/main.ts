import { parseArgs } from 'node:util';
import { assertHeld } from './chaos-case.js';
import { findCases } from './find-cases.js';

/** `npm run chaos -- <case> [--rounds N]`; without a case it lists them. */
async function main(args: readonly string[]): Promise<void> {
  const { values, positionals } = parseArgs({
    args: [...args],
    options: { rounds: { type: 'string' } },
    allowPositionals: true,
  });
  const cases = await findCases();
  const chosen = cases.find(({ name }) => name === positionals[0]);
  if (!chosen) {
    const list = cases.map(({ name, summary }) => `  ${name.padEnd(20)} ${summary}`).join('\n');
    throw new Error(`usage: npm run chaos -- <case> [--rounds N]\n${list}`);
  }
  const rounds = Number(values.rounds ?? chosen.rounds.long);
  if (!Number.isInteger(rounds) || rounds < 1) throw new Error(`--rounds is not a number: ${values.rounds}`);
  const report = await chosen.run({ rounds, log: (line) => console.log(line) });
  console.log(JSON.stringify({ case: chosen.name, ...report }, null, 2));
  assertHeld(chosen, report);
}

main(process.argv.slice(2)).catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
});
