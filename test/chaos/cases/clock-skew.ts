import { setTimeout as sleep } from 'node:timers/promises';
import { fakeTime } from '../../support/fake-time.js';
import type { HttpClient } from '../../support/http-client.js';
import { reportNotRun } from '../../support/redis.js';
import type { ChaosCase, ChaosOptions, ChaosReport } from '../chaos-case.js';
import { ChaosStage } from '../chaos-stage.js';
import { checkAgreement } from '../check-agreement.js';

const HOUR = 3600;
const PODS = 4;
/** Long enough for what an hour of difference would bring about at once. */
const WATCHED_MS = 6_000;
const TOLERANCE_MS = 5_000;
/** Neither the escalation nor the deadline comes within a round. */
const OPTIONS = { escalateAfterSeconds: 600, timeoutSeconds: 900 };

export const chaosCase: ChaosCase = {
  name: 'clock-skew',
  summary: "10.2 API and worker whose machine's clock is an hour wrong",
  rounds: { short: 1, long: 6 },
  run,
};

async function run(options: ChaosOptions): Promise<ChaosReport> {
  if (!(await fakeTime(0))) {
    reportNotRun('chaos clock-skew', 'libfaketime can not be had on this machine');
    throw new Error('libfaketime can not be had on this machine');
  }
  const stage = await ChaosStage.start();
  const findings: string[] = [];
  try {
    await budget(stage);
    for (let round = 1; round <= options.rounds; round++) {
      for (const offset of [HOUR, -HOUR]) {
        const found = await oneRound(stage, offset);
        findings.push(...found.map((text) => `${offset / HOUR} h: ${text}`));
        options.log(`round ${round}, ${offset / HOUR} h: ${found.length} findings`);
      }
    }
    return { rounds: options.rounds, findings, figures: { drains: options.rounds * 4 } };
  } finally {
    await stage.stop();
  }
}

/** Lets no pod of worker-1 go. */
async function budget({ installation }: ChaosStage): Promise<void> {
  await installation.cluster.create({
    apiVersion: 'policy/v1',
    kind: 'PodDisruptionBudget',
    metadata: { name: 'all-stay', namespace: 'default' },
    spec: { maxUnavailable: 0, selector: { matchLabels: { app: 'skewed-worker-1' } } },
  });
}

async function oneRound(stage: ChaosStage, offset: number): Promise<string[]> {
  const env = (await fakeTime(offset)) as Record<string, string>;
  const { installation } = stage;
  const worker = await installation.worker(env);
  const api = await installation.api(env);
  const since = new Date(Date.now() - TOLERANCE_MS);
  await installation.cluster.call('DELETE', '/simulation/requests');
  await Promise.all(['worker-1', 'worker-2'].map((node) => stage.fill(node, `skewed-${node}`, PODS)));
  const [blocked, free] = await Promise.all([
    stage.drain('worker-1', OPTIONS, api),
    stage.drain('worker-2', OPTIONS, api),
  ]);
  await sleep(WATCHED_MS);
  const removed = await installation.cluster.call('GET', '/simulation/requests');
  const findings = removed.requests
    .filter(({ verb, resource, userAgent }: { verb: string; resource: string; userAgent: string }) => {
      return verb === 'delete' && resource === 'pods' && userAgent.startsWith('node-steward');
    })
    .map(({ name }: { name: string }) => `${name} was deleted before its time`);
  const { rows } = await stage.database.query('SELECT state FROM operations WHERE id = $1', [blocked.id]);
  if (rows[0].state !== 'RUNNING') findings.push(`the blocked drain is ${rows[0].state}`);
  findings.push(...(await silentOn(api, worker.output)));
  await stage.cancel(blocked.id);
  await stage.untilEnded([blocked.id, free.id]);
  findings.push(...(await wrongTimes(stage, since)));
  findings.push(...(await checkAgreement(stage, blocked.id, 'worker-1')));
  findings.push(...(await checkAgreement(stage, free.id, 'worker-2')));
  await Promise.all(['worker-1', 'worker-2'].map((node) => stage.clear(node, `skewed-${node}`)));
  await Promise.all([worker.stop(), installation.processes.at(-1)?.stop()]);
  return findings;
}

/** A skewed process says so. */
async function silentOn(api: HttpClient, log: string): Promise<string[]> {
  const ready = await fetch(`${api.url}/readyz`);
  const { checks } = (await ready.json()) as { checks: Record<string, { ok: boolean; detail?: string }> };
  const isSaid = checks.clock?.ok === false && /3600 s (ahead of|behind)/.test(checks.clock.detail ?? '');
  return [
    ...(isSaid ? [] : [`/readyz says nothing of the clock: ${JSON.stringify(checks.clock)}`]),
    ...(/3600 s (ahead of|behind)/.test(log) ? [] : ['the log says nothing of the clock']),
  ];
}

/** Whatever was dated in this round, by the time of who looks. */
async function wrongTimes(stage: ChaosStage, since: Date): Promise<string[]> {
  const until = new Date(Date.now() + TOLERANCE_MS);
  const sources = [
    `SELECT 'operation created' AS what, created_at AS at FROM operations WHERE id = ANY(SELECT id FROM operations ORDER BY id DESC LIMIT 2)`,
    `SELECT 'operation started', started_at FROM operations WHERE id = ANY(SELECT id FROM operations ORDER BY id DESC LIMIT 2)`,
    `SELECT 'operation finished', finished_at FROM operations WHERE id = ANY(SELECT id FROM operations ORDER BY id DESC LIMIT 2)`,
    `SELECT 'audit event', at FROM audit_events WHERE correlation_id = ANY(SELECT id::text FROM operations ORDER BY id DESC LIMIT 2)`,
  ];
  const { rows } = await stage.database.query<{ what: string; at: Date }>(
    `SELECT what, at FROM (${sources.join(' UNION ALL ')}) AS dated WHERE at NOT BETWEEN $1 AND $2`,
    [since, until],
  );
  return rows.map(({ what, at }) => `${what} is dated ${at.toISOString()}`);
}
