import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { eventually } from '../support/cluster-client.js';
import type { HttpClient } from '../support/http-client.js';
import { Installation } from '../support/installation.js';
import { StartedParts } from '../support/started-parts.js';
import { TcpLink } from '../support/tcp-link.js';
import type { ChaosOptions, ChaosReport } from './chaos-case.js';

const AWAY_SECONDS = [5, 20, 45];
const NODES = ['worker-1', 'worker-2', 'worker-3'];
/** A short run is for machines that do other things as well. */
const LIMIT_MS = { short: 10_000, long: 2_000 };

/** Cuts the worker off from its queue, queues work, and measures from the queue's return until a worker takes it. */
export async function queueOutage(
  { rounds, log }: ChaosOptions,
  queueOf: (installation: Installation) => Promise<{ url: string; stop(): Promise<void> }>,
): Promise<ChaosReport> {
  const limit = rounds > 1 ? LIMIT_MS.long : LIMIT_MS.short;
  const findings: string[] = [];
  const figures: Record<string, number> = {};
  const parts = new StartedParts();
  try {
    const installation = await parts.start(Installation.start(), (started) => started.stop());
    const queue = await parts.start(queueOf(installation), (started) => started.stop());
    const link = await parts.start(TcpLink.to(queue.url), (started) => started.close());
    const database = new pg.Pool({ connectionString: installation.database.url, max: 2 });
    parts.start(Promise.resolve(database), (pool) => pool.end());
    const env = { QUEUE_URL: link.urlOf(queue.url) };
    const api = await installation.api(env);
    await installation.worker(env);
    await started(database, await cordon(api, 'worker-4'));
    for (let round = 0; round < rounds; round++) {
      const seconds = AWAY_SECONDS[round % AWAY_SECONDS.length] as number;
      await link.cut();
      const id = await cordon(api, NODES[round % NODES.length] as string);
      await sleep(seconds * 1000);
      await link.restore();
      const returned = performance.now();
      await started(database, id);
      const ms = Math.round(performance.now() - returned);
      log(`away ${seconds} s: work began after ${ms} ms`);
      figures[`startedAfter${seconds}s`] = ms;
      if (ms > limit)
        findings.push(
          `after ${seconds} s away the queued work began ${ms} ms after the return, not within ${limit} ms`,
        );
    }
  } finally {
    await parts.stop();
  }
  return { rounds, findings, figures };
}

async function cordon(api: HttpClient, node: string): Promise<string> {
  const answer = await api.rest('POST', `/api/v1/clusters/demo/nodes/${node}/cordon`, { body: { reason: 'chaos' } });
  if (answer.status !== 202) throw new Error(`cordon: ${answer.status} ${JSON.stringify(answer.body)}`);
  return answer.body.id as string;
}

function started(database: pg.Pool, id: string): Promise<unknown> {
  return eventually(
    async () => {
      // Not who holds it: a cordon may have ended, and been let go, between two looks.
      const { rows } = await database.query('SELECT epoch FROM operations WHERE id = $1', [id]);
      return Number(rows[0]?.epoch) > 0;
    },
    'a worker takes the operation',
    60_000,
  );
}
