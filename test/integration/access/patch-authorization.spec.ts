import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { SimulatedCluster } from '../../../packages/simulated-cluster/src/start-simulated-cluster.js';
import { type ApiApp, startApiApp } from '../../support/api-app.js';
import type { HttpClient } from '../../support/http-client.js';
import { startTestCluster } from '../../support/simulated-cluster.js';

// biome-ignore lint/suspicious/noExplicitAny: answers are looked at as they come
type Json = any;

const CHANGES = '/api/v1/kubelet-config-changes';
const REASON = 'because of a test';
/** What the parser would say something about, each in its own way. */
const UNREADABLE = {
  'of the largest size': `${'a: [{b: "c"}]\n'.repeat(4_600)}`,
  'that is no YAML': '}{',
  'that is no object': ['x'],
  'that is nested too deep': '['.repeat(1_000),
  'that holds U+0000': 'volumePluginDir: "\\0"',
};
const CREATE = `mutation ($input: CreateKubeletConfigChangeInput!) {
  createKubeletConfigChange(input: $input) { kubeletConfigChange { id } userErrors { code path } }
}`;
const EDIT = `mutation ($input: EditKubeletConfigChangeInput!) {
  editKubeletConfigChange(input: $input) { kubeletConfigChange { id } userErrors { code path } }
}`;

let cluster: SimulatedCluster;
let api: ApiApp;
/** A change of worker-1, and someone who may write there only. */
let changeId: string;
let writer: HttpClient;
beforeAll(async () => {
  cluster = await startTestCluster();
  api = await startApiApp(cluster.kubeconfigPath);
  const body = { cluster: 'demo', nodes: ['worker-1'], patch: { maxPods: 120 }, reason: REASON };
  changeId = (await api.client.rest('POST', CHANGES, { body })).body.id;
  const bindings = [
    { role: 'viewer', clusters: ['demo'] },
    { role: 'operator', clusters: ['demo'], nodeSelector: 'kubernetes.io/hostname=worker-1' },
  ];
  const token = await api.client.rest('POST', '/api/v1/api-tokens', { body: { name: 'one-node', bindings } });
  expect(token.status, JSON.stringify(token.body)).toBe(201);
  writer = api.client.as(token.body.token);
});
afterAll(async () => {
  await api?.close();
  await cluster?.close();
});

/** Every way in which a patch comes in, with what was answered. */
async function answers(client: HttpClient, node: string, patch: unknown): Promise<Record<string, unknown>> {
  const input = { nodes: [node], patch, reason: REASON };
  const created = await client.rest('POST', CHANGES, { body: { ...input, cluster: 'demo' } });
  const headers = { 'if-match': '*' };
  const edited = await client.rest('PATCH', `${CHANGES}/${changeId}`, { body: input, headers });
  const mutations = await Promise.all([
    client.graphql(CREATE, { input: { ...input, cluster: 'demo' } }),
    client.graphql(EDIT, { input: { ...input, id: changeId, version: 1 } }),
  ]);
  const codes = mutations.map(({ errors, data }) => {
    const [payload] = Object.values<Json>(data ?? {});
    return errors[0]?.extensions.code ?? payload?.userErrors[0]?.code;
  });
  return { created: created.body.code, edited: edited.body.code, mutations: codes };
}

describe('10.12 a patch is read only for those who may write it', () => {
  it.each(Object.entries(UNREADABLE))('a viewer with a patch %s is refused as a viewer', async (_, patch) => {
    expect(await answers(api.client.as(api.tokens.viewer), 'worker-1', patch)).toEqual({
      created: 'FORBIDDEN',
      edited: 'FORBIDDEN',
      mutations: ['FORBIDDEN', 'FORBIDDEN'],
    });
  });

  it.each(Object.entries(UNREADABLE))('who may write one node only, with a patch %s of another', async (_, patch) => {
    expect(await answers(writer, 'worker-2', patch)).toEqual({
      created: 'FORBIDDEN',
      edited: 'FORBIDDEN',
      mutations: ['FORBIDDEN', 'FORBIDDEN'],
    });
  });

  it.each(Object.entries(UNREADABLE))('who may write hears what is wrong with a patch %s', async (_, patch) => {
    expect(await answers(writer, 'worker-1', patch)).toEqual({
      created: 'VALIDATION_FAILED',
      edited: 'VALIDATION_FAILED',
      mutations: ['VALIDATION_FAILED', 'VALIDATION_FAILED'],
    });
  });
});
