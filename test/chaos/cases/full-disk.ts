import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, statfsSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { eventually } from '../../support/cluster-client.js';
import { HttpClient } from '../../support/http-client.js';
import { Installation } from '../../support/installation.js';
import { PostgresServer } from '../../support/postgres-server.js';
import { BootedProcess } from '../../support/processes.js';
import { reportNotRun } from '../../support/redis.js';
import { StartedParts } from '../../support/started-parts.js';
import type { ChaosCase, ChaosOptions, ChaosReport } from '../chaos-case.js';

const REQUESTS = 25;
const DISK = '160m';

export const chaosCase: ChaosCase = {
  name: 'full-disk',
  summary: "the database's disk is full; writes say so, and so does readiness (needs root, for a small file system)",
  rounds: { short: 1, long: 3 },
  run,
};

async function run({ rounds }: ChaosOptions): Promise<ChaosReport> {
  const folder = mkdtempSync(join(tmpdir(), 'steward-disk-'));
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${DISK},mode=0711`, 'steward', folder], { stdio: 'pipe' });
  } catch (error) {
    rmSync(folder, { recursive: true });
    reportNotRun('chaos full-disk', `a small file system can not be mounted here: ${(error as Error).message}`);
    return { rounds: 0, findings: [], figures: {} };
  }
  const findings: string[] = [];
  const parts = new StartedParts();
  try {
    const installation = await parts.start(Installation.start(), (started) => started.stop());
    const server = await parts.start(PostgresServer.start(folder), (started) => started.stop());
    const { url } = await server.createDatabase();
    const env = { DATABASE_URL: url, QUEUE_URL: installation.database.url };
    const api = new HttpClient((await installation.api(env)).url, await adminToken({ ...installation.env, ...env }));
    for (let round = 0; round < rounds; round++) findings.push(...(await fillOnce(api, folder)));
  } finally {
    await parts.stop();
    execFileSync('umount', [folder]);
    rmSync(folder, { recursive: true, force: true });
  }
  return { rounds, findings: [...new Set(findings)], figures: { asked: REQUESTS * rounds } };
}

async function fillOnce(api: HttpClient, folder: string): Promise<string[]> {
  const findings: string[] = [];
  const filler = join(folder, 'filler');
  const { bavail, bsize } = statfsSync(folder);
  writeFileSync(filler, Buffer.alloc(bavail * bsize));
  try {
    for (let i = 0; i < REQUESTS; i++) {
      const body = { name: 'x'.repeat(60), bindings: [{ role: 'viewer', clusters: ['*'] }] };
      const { status, headers, body: answer } = await api.rest('POST', '/api/v1/api-tokens', { body });
      const isRight = status < 300 || (answer.code === 'DATABASE_UNAVAILABLE' && headers.get('retry-after') !== null);
      if (!isRight) findings.push(`a write said ${status} ${answer.code}`);
    }
    const readiness = await eventually(
      async () => (await fetch(`${api.url}/readyz`)).status === 503,
      'readiness says so',
    ).catch((error: Error) => error.message);
    if (readiness !== true) findings.push(`readiness: ${readiness}`);
  } finally {
    rmSync(filler);
  }
  await eventually(async () => (await fetch(`${api.url}/readyz`)).status === 200, 'readiness is back', 60_000);
  return findings;
}

async function adminToken(env: Record<string, string>): Promise<string> {
  const once = await BootedProcess.boot({ env: { ...env, ROLE: 'admin-token', LOG_LEVEL: 'error' }, until: 'none' });
  await once.exited;
  return /ns_\S+/.exec(once.output)?.[0] ?? '';
}
