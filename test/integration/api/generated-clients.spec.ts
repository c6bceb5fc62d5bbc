import { copyFileSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { SimulatedCluster } from '../../../packages/simulated-cluster/src/start-simulated-cluster.js';
import { type ApiApp, startApiApp } from '../../support/api-app.js';
import { startTestWorker, type TestWorker } from '../../support/operations-worker.js';
import { projectRoot } from '../../support/project-root.js';
import { mustRun } from '../../support/run-command.js';
import { startTestCluster } from '../../support/simulated-cluster.js';
import { cachedFolder } from '../../support/tool-cache.js';

/** As an integrator has them: with a TypeScript of their own, which need not be ours. */
const TOOLS = ['openapi-typescript@7.13.0', 'openapi-fetch@0.17.0', 'typescript@5.9.3', '@types/node@24.19.2'];
const COMPILER = {
  strict: true,
  noUncheckedIndexedAccess: true,
  target: 'es2023',
  module: 'nodenext',
  types: ['node'],
  outDir: 'out',
};

let cluster: SimulatedCluster;
let worker: TestWorker;
let api: ApiApp;
let folder: string;

beforeAll(async () => {
  cluster = await startTestCluster({ profile: 'default', timeScale: 10 });
  worker = await startTestWorker(cluster.kubeconfigPath);
  api = await startApiApp(cluster.kubeconfigPath, { DATABASE_URL: worker.databaseUrl });
  folder = mkdtempSync(join(tmpdir(), 'steward-client-'));
});
afterAll(async () => {
  await api?.close();
  await worker?.close();
  await cluster?.close();
  if (folder) rmSync(folder, { recursive: true, force: true });
});

async function tools(): Promise<string> {
  return cachedFolder('openapi-typescript-7.13.0', async (staging) => {
    const options = ['--prefix', staging, '--no-audit', '--no-fund', '--ignore-scripts', '--save-exact'];
    await mustRun('npm', ['install', ...options, ...TOOLS], { cwd: staging, timeoutMs: 240_000 });
  });
}

describe('13.6 clients that are made from the published document', () => {
  it('TypeScript: compiles under strict, and runs a drain from its POST to its last event', async () => {
    const modules = join(await tools(), 'node_modules');
    const run = (tool: string, ...args: string[]) =>
      mustRun(process.execPath, [join(modules, tool), ...args], { cwd: folder, timeoutMs: 240_000 });
    symlinkSync(modules, join(folder, 'node_modules'));
    writeFileSync(join(folder, 'package.json'), JSON.stringify({ type: 'module' }));
    writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify({ compilerOptions: COMPILER, files: ['drain.ts'] }));
    copyFileSync(join(projectRoot, 'test/data/clients/drain.ts'), join(folder, 'drain.ts'));
    await run('openapi-typescript/bin/cli.js', join(projectRoot, 'docs/api/openapi.json'), '-o', 'schema.d.ts');
    await run('typescript/bin/tsc', '-p', '.');
    mkdirSync(join(folder, 'out'), { recursive: true });
    const output = await mustRun(process.execPath, ['out/drain.js', api.client.url, api.tokens.operator, 'worker-1'], {
      cwd: folder,
      timeoutMs: 120_000,
    });
    const { id, state, count, last, found } = JSON.parse(output);
    expect(state).toBe('SUCCEEDED');
    expect(last).toMatchObject({ operationId: id, type: 'STATE', data: { state: 'SUCCEEDED' } });
    expect(last.id).toBe(count);
    expect(found).toEqual([id]);
  });
});
