import { runDrain } from './drain.js';
import { runHistory } from './history.js';
import { runPlan } from './plan.js';
import { runReads } from './reads.js';

const BENCHMARKS = { drain: runDrain, history: runHistory, plan: runPlan, reads: runReads };
const USAGE = `usage: npm run bench -- drain [--only free|budgets|fleet] [--repetitions N] [--json FILE]
       npm run bench -- reads [--nodes N] [--pods N] [--repetitions N] [--seconds N] [--log-lines N] [--json FILE]
       npm run bench -- plan [--nodes N] [--pods N] [--repetitions N] [--json FILE]
       npm run bench -- history [--events N] [--operations N] [--repetitions N] [--json FILE]`;

/** `npm run bench -- drain`, `-- history`, `-- plan` and `-- reads`. */
async function main([name = '', ...args]: readonly string[]): Promise<void> {
  if (!Object.hasOwn(BENCHMARKS, name)) throw new Error(USAGE);
  return BENCHMARKS[name as keyof typeof BENCHMARKS](args);
}

main(process.argv.slice(2)).catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
});
