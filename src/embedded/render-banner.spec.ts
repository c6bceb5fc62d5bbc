import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, it, onTestFinished } from 'vitest';
import { type EmbeddedFile, writeEmbeddedFile } from './embedded-file.js';
import { renderBanner } from './render-banner.js';

const ID = '0198c0de-0000-7000-8000-000000000001';

const file = (url: string): EmbeddedFile => ({
  url,
  graphqlUrl: `${url}/graphql`,
  tokens: { viewer: 'v-token', operator: 'o-token', approver: 'a-token', auditor: 'u-token', admin: 'd-token' },
  kubeconfig: '/home/it is/kubeconfig',
  databaseUrl: 'postgres://steward:secret@127.0.0.1:1/node_steward',
  queueUrl: 'postgres://steward:secret@127.0.0.1:1/node_steward',
});

it('prints commands that a shell runs as pasted, each by itself', async () => {
  const seen: string[] = [];
  const server = createServer((request, response) => {
    let body = '';
    request.on('data', (chunk) => (body += chunk));
    request.on('end', () => {
      seen.push(`${request.method} ${request.url} ${request.headers.authorization} ${body}`);
      response.end(JSON.stringify({ items: [{ id: ID, node: { uid: ID.replace('1', '2') } }] }));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void server.close());
  const url = `http://127.0.0.1:${(server.address() as { port: number }).port}`;

  const banner = renderBanner({ ...file(url), home: '.node-steward', cluster: 'demo', node: 'worker-a-1' });
  const commands = banner.split('\n').filter((line) => line.startsWith('curl '));
  expect(commands).toHaveLength(3);
  for (const command of commands) await promisify(execFile)('/bin/sh', ['-c', command]);

  const drain =
    '{"reason":"trying Node Steward","options":{"ignoreDaemonSets":true,"deleteEmptyDirData":true,"force":true,"timeoutSeconds":300}}';
  expect(seen).toEqual([
    'GET /api/v1/clusters/demo/nodes Bearer v-token ',
    `POST /api/v1/clusters/demo/nodes/worker-a-1/drain Bearer o-token ${drain}`,
    'GET /api/v1/operations?first=1 Bearer v-token ',
    `GET /api/v1/operations/${ID}/events Bearer v-token `,
  ]);
  for (const token of Object.values(file(url).tokens)) expect(banner).toContain(token);
  expect(banner).toContain("KUBECONFIG='/home/it is/kubeconfig' kubectl");
  expect(banner).toContain('rm -rf .node-steward');
});

it('10.22 prints tokens to a terminal only; elsewhere its commands read them from the file', async () => {
  const home = mkdtempSync(join(tmpdir(), 'steward it is '));
  onTestFinished(() => rmSync(home, { recursive: true }));
  const info = file('http://127.0.0.1:8080');
  writeEmbeddedFile(home, info);
  const banner = renderBanner({ ...info, home, cluster: 'demo', node: 'worker-1', terminal: false });
  for (const token of Object.values(info.tokens)) expect(banner).not.toContain(token);
  expect(banner).toContain(`${home}/embedded.json`);
  const lookup = /Bearer (\$\(sed .*?embedded\.json'?\))/.exec(banner)?.[1];
  const { stdout } = await promisify(execFile)('/bin/sh', ['-c', `printf %s "${lookup}"`]);
  expect(stdout).toBe(info.tokens.viewer);
});

it('12.28 names the real clusters and a real node where nothing is simulated, and forces nothing there', () => {
  const info = {
    ...file('http://127.0.0.1:8080'),
    home: '.node-steward',
    cluster: 'prod/eu',
    node: 'ip-10-0-3-7.internal',
  };
  const banner = renderBanner({ ...info, realClusters: ['prod/eu', 'staging'] });
  expect(banner).not.toContain('simulated');
  expect(banner).not.toContain('demo');
  expect(banner).not.toContain('worker-1');
  expect(banner).toContain('its own Postgres, the real clusters prod/eu, staging');
  expect(banner).toContain("KUBECONFIG='/home/it is/kubeconfig' kubectl --context prod/eu get nodes");
  expect(banner).toContain('/api/v1/clusters/prod%2Feu/nodes/ip-10-0-3-7.internal/drain-plan');
  expect(banner).toContain('/api/v1/clusters/prod%2Feu/nodes/ip-10-0-3-7.internal/drain');
  expect(banner).not.toMatch(/force|deleteEmptyDirData/);

  const unknown = renderBanner({ ...info, node: null, realClusters: ['prod/eu'] });
  expect(unknown).toContain('the real cluster prod/eu)');
  expect(unknown).not.toContain('/drain');
  expect(renderBanner({ ...info, ownPostgres: false })).toContain('the Postgres of DATABASE_URL, a simulated cluster');
});

it('writes the file for scripts readable by its owner alone, and nothing but its members', () => {
  const home = mkdtempSync(join(tmpdir(), 'steward-file-'));
  onTestFinished(() => rmSync(home, { recursive: true }));
  const path = writeEmbeddedFile(home, { ...file('http://127.0.0.1:8080'), extra: 1 } as EmbeddedFile);
  expect(statSync(path).mode & 0o777).toBe(0o600);
  expect(JSON.parse(readFileSync(path, 'utf8'))).toEqual(file('http://127.0.0.1:8080'));
});
