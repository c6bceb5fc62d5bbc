import { execFile } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { SimulatedCluster } from '../../../packages/simulated-cluster/src/start-simulated-cluster.js';
import type { ApiApp } from '../../support/api-app.js';
import type { TestWorker } from '../../support/operations-worker.js';
import { projectRoot } from '../../support/project-root.js';
import { startTestCluster } from '../../support/simulated-cluster.js';
import { REBOOT_NODE } from '../../support/toy-operation.js';
import { eventually } from '../../support/workloads.js';

const execute = promisify(execFile);
/** Its complaints are on stdout, which the error alone doesn't show. */
const run = (args: string[], cwd: string) =>
  execute(process.execPath, args, { cwd }).catch((error: { stdout?: string }) => {
    throw new Error(`${args.join(' ')}: ${error.stdout}`, { cause: error });
  });
const CONTRACTS = ['docs/api/openapi.json', 'docs/api/schema.graphql'];
const MOST_FILES = 12;

/** Of the build of the product with the added type. */
interface Support {
  startApiApp(kubeconfig: string, environment: Record<string, string>): Promise<ApiApp>;
  startTestWorker(kubeconfig: string): Promise<TestWorker>;
}

describe('11.3 a type of operation is added', () => {
  let folder: string;
  let cluster: SimulatedCluster;
  let worker: TestWorker;
  let api: ApiApp;

  beforeAll(async () => {
    folder = mkdtempSync(join(projectRoot, 'dist-toy-'));
    for (const part of ['src', 'packages', 'migrations', 'test/support', 'docs/api', 'package.json']) {
      cpSync(join(projectRoot, part), join(folder, part), { recursive: true });
    }
    for (const [path, edit] of Object.entries(REBOOT_NODE)) {
      const file = join(folder, path);
      mkdirSync(dirname(file), { recursive: true });
      writeFileSync(file, edit(existsSync(file) ? readFileSync(file, 'utf8') : ''));
    }
    const compilerOptions = { rootDir: '.', outDir: 'dist', sourceMap: false };
    const config = {
      extends: '../tsconfig.json',
      compilerOptions,
      include: ['src', 'packages', 'migrations', 'test/support'],
    };
    writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify({ ...config, exclude: ['**/*.spec.ts'] }));
    // The compiler finds a list that was forgotten.
    await run([join(projectRoot, 'node_modules/typescript/bin/tsc'), '-p', folder], folder);
    await run(['dist/src/schema.js'], folder);
    const support = async (name: string): Promise<Support> =>
      import(pathToFileURL(join(folder, 'dist/test/support', name)).href);
    const [{ startTestWorker }, { startApiApp }] = await Promise.all([
      support('operations-worker.js'),
      support('api-app.js'),
    ]);
    cluster = await startTestCluster({ profile: 'default', timeScale: 10 });
    worker = await startTestWorker(cluster.kubeconfigPath);
    api = await startApiApp(cluster.kubeconfigPath, { DATABASE_URL: worker.databaseUrl });
  }, 300_000);
  afterAll(async () => {
    await api?.close();
    await worker?.close();
    await cluster?.close();
    rmSync(folder, { recursive: true, force: true });
  });

  it(`with at most ${MOST_FILES} files, the published contracts and a test included`, () => {
    const changed = CONTRACTS.filter(
      (path) => readFileSync(join(folder, path), 'utf8') !== readFileSync(join(projectRoot, path), 'utf8'),
    );
    expect(changed).toEqual(CONTRACTS);
    const ownTest = 'test/integration/kubelet/operations-reboot.spec.ts';
    const files = [...Object.keys(REBOOT_NODE), ...CONTRACTS, ownTest];
    expect(files.length).toBeLessThanOrEqual(MOST_FILES);
    const guide = readFileSync(join(projectRoot, 'CONTRIBUTING.md'), 'utf8');
    const existing = files.filter((path) => existsSync(join(projectRoot, path)));
    expect(existing.filter((path) => !guide.includes(`\`${path}\``))).toEqual([]);
  });

  it('and runs through REST', async () => {
    const path = '/api/v1/clusters/demo/nodes/worker-1/reboot?wait=30';
    const { status, body } = await api.client.rest('POST', path, { body: { reason: 'kernel update' } });
    expect([status, body.type, body.state]).toEqual([200, 'REBOOT_NODE', 'SUCCEEDED']);
    expect(body).toMatchObject({ options: { force: false }, result: { rebooted: 'worker-1' } });
    const audit = await worker.query('SELECT kind FROM audit_events WHERE action = $1', ['node.reboot']);
    expect(audit.length).toBeGreaterThan(0);
  });

  it('and through GraphQL', async () => {
    const query = `mutation ($input: CordonNodeInput!) {
      rebootNode(input: $input) { operation { id type } userErrors { code } } }`;
    const input = { cluster: 'demo', node: 'worker-2', reason: 'kernel update' };
    const { data } = await api.client.graphql(query, { input });
    expect(data.rebootNode).toMatchObject({ operation: { type: 'REBOOT_NODE' }, userErrors: [] });
    expect((await worker.ended(data.rebootNode.operation.id)).state).toBe('SUCCEEDED');
  });

  it('and in a maintenance run', async () => {
    const asked = { reason: 'kernel update', action: 'REBOOT_NODE', nodes: ['worker-1', 'worker-2'] };
    const started = await api.client.rest('POST', '/api/v1/clusters/demo/maintenance-runs', { body: asked });
    expect(started.status).toBe(202);
    const ended = await eventually(async () => {
      const { body } = await api.client.rest('GET', `/api/v1/maintenance-runs/${started.body.id}`);
      return body.state === 'RUNNING' ? null : body;
    }, 45_000);
    expect(ended.state).toBe('SUCCEEDED');
  });

  it('and is refused to who lacks its right', async () => {
    const path = '/api/v1/clusters/demo/nodes/worker-1/reboot';
    const { status } = await api.client.as(api.tokens.viewer).rest('POST', path, { body: { reason: 'just because' } });
    expect(status).toBe(403);
  });
});
