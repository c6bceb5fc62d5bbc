import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { SimulatedCluster } from '../../../packages/simulated-cluster/src/start-simulated-cluster.js';
import { type ApiApp, startApiApp } from '../../support/api-app.js';
import { projectRoot } from '../../support/project-root.js';
import { startTestCluster } from '../../support/simulated-cluster.js';

let cluster: SimulatedCluster;
let api: ApiApp;
let pod: string;

const page = readFileSync(join(projectRoot, 'docs/insight.md'), 'utf8');
const calls = [...page.matchAll(/`GET \$API(\/[^`]+)`/g)].map(([, path]) => path as string);

beforeAll(async () => {
  cluster = await startTestCluster();
  api = await startApiApp(cluster.kubeconfigPath);
  const running = cluster.store.list('Pod').find(({ status }) => status?.phase === 'Running');
  pod = `/namespaces/${running?.metadata.namespace}/pods/${running?.metadata.name}/`;
});
afterAll(async () => {
  await api?.close();
  await cluster?.close();
});

describe('docs/insight.md', () => {
  it.each([
    'systemctl status',
    'journalctl -u',
    '--since',
    'journalctl -u kubelet -u containerd -f',
    'journalctl -b',
    'grep error',
    'cat /var/lib/kubelet/config.yaml',
    '/metrics`',
    'healthz`',
    'openssl x509 -enddate',
    'crictl logs',
  ])('names a call for %s', (command) => {
    const row = page.split('\n').find((line) => line.startsWith('|') && line.split(' | ')[0]?.includes(command));
    expect(row).toContain('GET $API/');
  });

  it.each(calls)('GET $API%s answers as written', async (path) => {
    const url = `/api/v1/clusters/demo${path.replace(/\/namespaces\/[^/]+\/pods\/[^/]+\//, pod)}`;
    const abort = new AbortController();
    const headers = { authorization: `Bearer ${api.tokens.admin}` };
    const answer = await fetch(api.client.url + url, { headers, signal: abort.signal });
    if (!path.includes('follow=true')) await answer.text();
    abort.abort();
    // A container that never restarted has no run before: that is an answer as well.
    expect(answer.status).toBe(path.includes('previous=true') ? 409 : 200);
  });
});
