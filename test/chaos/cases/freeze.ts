import { setTimeout as sleep } from 'node:timers/promises';
import type { ChaosCase, ChaosOptions, ChaosReport } from '../chaos-case.js';
import { ChaosStage } from '../chaos-stage.js';
import { drainRounds, SLOW_EVICTIONS } from '../drain-rounds.js';
import { WorkerPair } from '../worker-pair.js';

export const chaosCase: ChaosCase = {
  name: 'freeze',
  summary: '10.1 the worker that drains stands still for 9 to 20 s and then goes on',
  rounds: { short: 1, long: 25 },
  run,
};

async function run(options: ChaosOptions): Promise<ChaosReport> {
  const stage = await ChaosStage.start();
  try {
    const pair = await WorkerPair.start(stage, SLOW_EVICTIONS);
    return await drainRounds({
      ...options,
      stage,
      cancelled: 3,
      strike: async ({ drains }) => {
        await sleep(Math.random() * 2_000);
        const { pid } = pair.worker(await pair.holder([...drains.values()]));
        process.kill(pid, 'SIGSTOP');
        await sleep(9_000 + Math.random() * 11_000);
        process.kill(pid, 'SIGCONT');
      },
    });
  } finally {
    await stage.stop();
  }
}
