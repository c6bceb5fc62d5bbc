import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { SimulatedCluster } from '../../../packages/simulated-cluster/src/start-simulated-cluster.js';
import { type ApiApp, startApiApp } from '../../support/api-app.js';
import { startTestCluster } from '../../support/simulated-cluster.js';

interface Csr {
  name: string;
  state: string;
  safe: boolean;
  checks: { id: string; passed: boolean }[];
}

let cluster: SimulatedCluster;
let api: ApiApp;
const PATH = '/api/v1/clusters/demo/kubelet-serving-csrs';
const reason = 'known new machine';

beforeAll(async () => {
  cluster = await startTestCluster();
  api = await startApiApp(cluster.kubeconfigPath);
});
afterAll(async () => {
  await api?.close();
  await cluster?.close();
});

const list = async (): Promise<Csr[]> => (await api.client.rest('GET', PATH)).body.items;
const post = (name: string, what: string, token: string, body: object = { reason }) =>
  api.client.as(token).rest('POST', `${PATH}/${name}/${what}`, { body });

describe('kubelet-serving certificates', () => {
  it('lists serving requests only, with what each check says', async () => {
    const found = await list();
    expect(found.map(({ name }) => name)).not.toContain('csr-client');
    const failed = (name: string) =>
      found
        .find((csr) => csr.name === name)
        ?.checks.filter(({ passed }) => !passed)
        .map(({ id }) => id);
    expect(failed('csr-4m2xk')).toEqual([]);
    expect(failed('csr-7pq9d')).toEqual([]);
    expect(failed('csr-bad-address')).toEqual(['OWN_NAMES']);
    expect(failed('csr-bad-name')).toEqual(['COMMON_NAME']);
    expect(failed('csr-bad-group')).toEqual(['ORGANIZATION']);
    expect(failed('csr-bad-usage')).toEqual(['USAGES']);
    expect(failed('csr-bad-email')).toEqual(['NO_OTHER_NAMES']);
    expect(failed('csr-no-names')).toEqual(['HAS_NAMES']);
    expect(failed('csr-unknown-node')).toEqual(['NODE_EXISTS', 'OWN_NAMES']);
  });

  it('approves a safe one, once', async () => {
    const { approver } = api.tokens;
    const approved = await post('csr-4m2xk', 'approve', approver);
    expect([approved.status, approved.body.state]).toEqual([200, 'APPROVED']);
    const { status } = cluster.store.get('CertificateSigningRequest', undefined, 'csr-4m2xk') ?? {};
    expect(status.conditions).toMatchObject([{ type: 'Approved', status: 'True', message: reason }]);
    expect((await post('csr-4m2xk', 'deny', approver)).status).toBe(409);
  });

  it('refuses an unsafe one, unless a separate right overrides with a reason', async () => {
    const { approver, admin } = api.tokens;
    const refused = await post('csr-bad-address', 'approve', approver);
    expect([refused.status, refused.body.code, refused.body.failedChecks]).toEqual([422, 'CSR_UNSAFE', ['OWN_NAMES']]);
    const override = { reason, override: true };
    expect((await post('csr-bad-address', 'approve', approver, override)).status).toBe(403);
    expect((await list()).find(({ name }) => name === 'csr-bad-address')?.state).toBe('PENDING');
    expect((await post('csr-bad-address', 'approve', admin, override)).body.state).toBe('APPROVED');
    const trail = await api.client.rest('GET', '/api/v1/audit-events?action=csr.approve&first=10');
    expect(trail.body.items.find((event: { kind: string }) => event.kind === 'OUTCOME')).toMatchObject({
      outcome: 'SUCCEEDED',
      reason,
      after: { override: true, failedChecks: ['OWN_NAMES'] },
    });
  });

  it('never approves what another signer signs', async () => {
    const answer = await post('csr-client', 'approve', api.tokens.admin, { reason, override: true });
    expect([409, 422]).toContain(answer.status);
  });

  it('denies, and is closed to other roles', async () => {
    expect((await post('csr-bad-usage', 'deny', api.tokens.approver)).body.state).toBe('DENIED');
    for (const role of ['viewer', 'operator', 'auditor'] as const) {
      expect((await post('csr-7pq9d', 'approve', api.tokens[role])).status).toBe(403);
      expect((await post('csr-7pq9d', 'deny', api.tokens[role])).status).toBe(403);
    }
    expect((await post('csr-7pq9d', 'approve', api.tokens.approver, {})).status).toBe(400);
    expect((await post('..%2fx', 'approve', api.tokens.approver)).status).toBe(404);
  });

  it('decides once for one key, through either API, and tells both the same', async () => {
    const approver = api.client.as(api.tokens.approver);
    const headers = { 'idempotency-key': 'approve-7pq9d' };
    const first = await approver.rest('POST', `${PATH}/csr-7pq9d/approve`, { body: { reason }, headers });
    expect([first.status, first.body.state]).toEqual([200, 'APPROVED']);
    const again = await approver.rest('POST', `${PATH}/csr-7pq9d/approve`, { body: { reason }, headers });
    expect([again.status, again.body.state, again.headers.get('idempotency-replayed')]).toEqual([
      200,
      'APPROVED',
      'true',
    ]);
    const input = { cluster: 'demo', name: 'csr-7pq9d', reason, clientMutationId: 'approve-7pq9d' };
    const approve = `mutation ($input: ApproveServingCsrInput!) { approveServingCsr(input: $input) {
      servingCsr { name state checks { id: checkId passed } } userErrors { code } } }`;
    const { data } = await approver.graphql(approve, { input });
    expect(data.approveServingCsr).toMatchObject({ servingCsr: { state: 'APPROVED' }, userErrors: [] });
    const other = await approver.rest('POST', `${PATH}/csr-7pq9d/approve`, { body: { reason: 'another' }, headers });
    expect([other.status, other.body.code]).toEqual([422, 'IDEMPOTENCY_KEY_REUSED']);
    const late = await approver.graphql(approve, { input: { ...input, clientMutationId: 'another' } });
    expect(late.data.approveServingCsr).toEqual({ servingCsr: null, userErrors: [{ code: 'CONFLICT' }] });
    const { conditions } = cluster.store.get('CertificateSigningRequest', undefined, 'csr-7pq9d')?.status ?? {};
    expect(conditions).toHaveLength(1);
    const trail = await api.client.rest('GET', '/api/v1/audit-events?action=csr.approve&first=50');
    const events = trail.body.items.filter((event: { resource: Csr }) => event.resource.name === 'csr-7pq9d');
    expect(events.map(({ kind }: { kind: string }) => kind).sort()).toEqual(['INTENT', 'OUTCOME']);
  });

  it('lists, denies and refuses the same over GraphQL', async () => {
    const query =
      '{ kubeletServingCsrs(cluster: "demo") { id name node state issued safe checks { id: checkId passed detail } } }';
    const { data } = await api.client.graphql(query);
    const rest = (await list()).map(({ createdAt: _, ...csr }: Csr & { createdAt?: string }) => csr);
    expect(data.kubeletServingCsrs).toEqual(rest);
    const deny = `mutation ($input: DenyServingCsrInput!) { denyServingCsr(input: $input) {
      servingCsr { state } userErrors { code } } }`;
    const input = { cluster: 'demo', name: 'csr-bad-email', reason };
    const refused = await api.client.as(api.tokens.viewer).graphql(deny, { input });
    expect(refused.data.denyServingCsr).toEqual({ servingCsr: null, userErrors: [{ code: 'FORBIDDEN' }] });
    const denied = await api.client.as(api.tokens.approver).graphql(deny, { input });
    expect(denied.data.denyServingCsr).toEqual({ servingCsr: { state: 'DENIED' }, userErrors: [] });
  });
});
