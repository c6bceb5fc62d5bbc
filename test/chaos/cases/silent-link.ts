import { setTimeout as sleep } from 'node:timers/promises';
import type { ChaosCase, ChaosOptions, ChaosReport } from '../chaos-case.js';
import { ChaosStage } from '../chaos-stage.js';
import { drainRounds, SLOW_EVICTIONS } from '../drain-rounds.js';
import { SilentProxy } from '../silent-proxy.js';
import { WorkerPair } from '../worker-pair.js';

export const chaosCase: ChaosCase = {
  name: 'silent-link',
  summary: "10.1 the database's link to the worker that drains stops passing bytes",
  rounds: { short: 1, long: 25 },
  run,
};

async function run(options: ChaosOptions): Promise<ChaosReport> {
  const stage = await ChaosStage.start();
  const target = new URL(stage.installation.database.url);
  const proxies = await Promise.all(
    [0, 1].map(() => SilentProxy.start({ host: target.hostname, port: Number(target.port) })),
  );
  try {
    const through = ({ port }: SilentProxy) => ({ ...SLOW_EVICTIONS, DATABASE_URL: throughPort(target, port) });
    const [first, second] = proxies as [SilentProxy, SilentProxy];
    const pair = await WorkerPair.start(stage, through(first), through(second));
    return await drainRounds({
      ...options,
      stage,
      cancelled: 3,
      strike: async ({ drains }) => {
        await sleep(Math.random() * 2_000);
        const proxy = proxies[await pair.holder([...drains.values()])] as SilentProxy;
        proxy.silent = true;
        await sleep(8_000 + Math.random() * 10_000);
        proxy.silent = false;
      },
    });
  } finally {
    await stage.stop();
    await Promise.all(proxies.map((proxy) => proxy.stop()));
  }
}

function throughPort(url: URL, port: number): string {
  const changed = new URL(url);
  changed.hostname = '127.0.0.1';
  changed.port = String(port);
  return changed.href;
}
