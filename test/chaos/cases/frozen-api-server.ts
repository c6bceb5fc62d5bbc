import { setTimeout as sleep } from 'node:timers/promises';
import { eventually } from '../../support/cluster-client.js';
import type { ChaosCase, ChaosOptions, ChaosReport } from '../chaos-case.js';
import { ChaosStage } from '../chaos-stage.js';
import { FROM_MEMORY, poll, wrongAnswers } from '../poll-endpoints.js';

const FREEZE_MS = 20_000;
/** A machine that runs the other tests at the same time is slower than one that only runs this. */
const LIMIT_MS = { short: 15_000, long: 3_500 };
/** How far the age that is shown may stay behind the real one. */
const BEHIND_SECONDS = 5;
const NODES = '/api/v1/clusters/demo/nodes?first=1';

export const chaosCase: ChaosCase = {
  name: 'frozen-api-server',
  summary: 'the API server stops for 20 s with all connections open; nodes show their true age',
  rounds: { short: 1, long: 5 },
  run,
};

async function run({ rounds, log }: ChaosOptions): Promise<ChaosReport> {
  const stage = await ChaosStage.start();
  const findings: string[] = [];
  let behind = 0;
  try {
    for (let round = 0; round < rounds; round++) {
      await eventually(async () => (await age(stage)) <= BEHIND_SECONDS, 'the cache is fresh', 60_000);
      const thaw = stage.installation.freezeCluster();
      const frozenAt = performance.now();
      try {
        while (performance.now() < frozenAt + FREEZE_MS) {
          findings.push(
            ...wrongAnswers(await poll(stage.api, FROM_MEMORY), '', LIMIT_MS[rounds > 1 ? 'long' : 'short']),
          );
          const seconds = (performance.now() - frozenAt) / 1000;
          behind = Math.max(behind, seconds - (await age(stage)));
          await sleep(500);
        }
      } finally {
        thaw();
      }
      log(`round ${round + 1}: the age that was shown was up to ${behind.toFixed(1)} s behind`);
    }
    await eventually(async () => (await age(stage)) <= BEHIND_SECONDS, 'the cache is fresh again', 60_000);
  } finally {
    await stage.stop();
  }
  if (behind > BEHIND_SECONDS) findings.push(`staleSeconds was ${behind.toFixed(1)} s behind the truth`);
  return { rounds, findings: [...new Set(findings)], figures: { behindSeconds: behind } };
}

async function age(stage: ChaosStage): Promise<number> {
  const { body } = await stage.api.rest('GET', NODES);
  return body.items[0].staleSeconds as number;
}
