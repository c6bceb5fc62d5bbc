import { setTimeout as sleep } from 'node:timers/promises';
import type { ChaosCase, ChaosOptions, ChaosReport } from '../chaos-case.js';
import { ChaosStage } from '../chaos-stage.js';
import { FROM_MEMORY, NEEDS_DATABASE, poll, wrongAnswers } from '../poll-endpoints.js';

const FREEZE_MS = 20_000;
/** A machine that runs the other tests at the same time is slower than one that only runs this. */
const LIMIT_MS = { short: 15_000, long: 3_000 };

export const chaosCase: ChaosCase = {
  name: 'frozen-database',
  summary: 'every process of Postgres stops for 20 s; each request is answered within 3 s',
  rounds: { short: 1, long: 5 },
  run,
};

async function run({ rounds, log }: ChaosOptions): Promise<ChaosReport> {
  const stage = await ChaosStage.start();
  const findings: string[] = [];
  let slowest = 0;
  let asked = 0;
  try {
    for (let round = 0; round < rounds; round++) {
      await stage.api.rest('GET', '/api/v1/clusters/demo/nodes');
      const thaw = stage.installation.freezeDatabase();
      const end = performance.now() + FREEZE_MS;
      try {
        // Also ones that come together: more than there are connections.
        while (performance.now() < end) {
          const answers = await poll(stage.api, [
            ...FROM_MEMORY,
            ...NEEDS_DATABASE,
            ...NEEDS_DATABASE,
            ...NEEDS_DATABASE,
          ]);
          asked += answers.length;
          slowest = Math.max(slowest, ...answers.map(({ ms }) => ms));
          findings.push(...wrongAnswers(answers, 'DATABASE_UNAVAILABLE', LIMIT_MS[rounds > 1 ? 'long' : 'short']));
          await sleep(200);
        }
      } finally {
        thaw();
      }
      log(`round ${round + 1}: slowest answer ${slowest} ms`);
      await stage.recovered();
    }
  } finally {
    await stage.stop();
  }
  return { rounds, findings: [...new Set(findings)], figures: { asked, slowestMs: slowest } };
}
