import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { KubeRequests } from '../../../test/support/kube-requests.js';
import { startTestCluster } from '../../../test/support/simulated-cluster.js';
import type { SimulatedCluster } from '../src/start-simulated-cluster.js';

const CORE = '/api/v1';
const PODS = `${CORE}/namespaces/default/pods`;

describe('the simulated API server', () => {
  let cluster: SimulatedCluster;
  let kube: KubeRequests;

  beforeAll(async () => {
    cluster = await startTestCluster({ profile: 'empty', kubelets: false });
    kube = new KubeRequests(cluster.kubeconfigPath);
    cluster.store.create('Node', { metadata: { name: 'n1', labels: { pool: 'a' } } });
  });
  afterAll(async () => {
    kube.close();
    await cluster.close();
  });

  const configMap = (name: string, data: object = {}) => ({ metadata: { name }, data });
  const createMap = (name: string, data?: object) =>
    kube.send('POST', `${CORE}/namespaces/default/configmaps`, { body: configMap(name, data) });

  it('answers discovery so that clients find evictions', async () => {
    expect((await kube.get('/version')).body.gitVersion).toMatch(/^v1\.35\./);
    const { resources } = (await kube.get(CORE)).body;
    expect(resources.find((item: { name: string }) => item.name === 'pods/eviction')).toMatchObject({
      kind: 'Eviction',
      group: 'policy',
      version: 'v1',
    });
    const groups = (await kube.get('/apis')).body.groups.map((group: { name: string }) => group.name);
    expect(groups).toEqual(expect.arrayContaining(['apps', 'policy', 'coordination.k8s.io', 'metrics.k8s.io']));
    expect((await kube.get('/apis/apps/v1')).body.groupVersion).toBe('apps/v1');
  });

  it.each([
    ['/apis/nothing.example/v1', 404],
    ['/api/v1/gizmos', 404],
    ['/somewhere', 404],
    ['/api/v1/nodes/absent', 404],
    ['/api/v1/nodes/%E0%A4%A', 400],
  ])('%s is a Status with %d', async (path, code) => {
    const answer = await kube.get(path);
    expect(answer.status).toBe(code);
    expect(answer.body).toMatchObject({ kind: 'Status', apiVersion: 'v1', status: 'Failure', code });
  });

  it('names what is missing as the real server does', async () => {
    expect((await kube.get(`${PODS}/absent`)).body).toMatchObject({
      message: 'pods "absent" not found',
      reason: 'NotFound',
      details: { name: 'absent', kind: 'pods' },
    });
    expect((await kube.get('/apis/apps/v1/namespaces/default/deployments/absent')).body.message).toBe(
      'deployments.apps "absent" not found',
    );
  });

  it('creates, refuses a second one, updates with optimistic locking, deletes with preconditions', async () => {
    const created = await createMap('locking', { a: '1' });
    expect(created.status).toBe(201);
    expect(created.body).toMatchObject({ kind: 'ConfigMap', apiVersion: 'v1', data: { a: '1' } });
    expect((await createMap('locking')).body).toMatchObject({ code: 409, reason: 'AlreadyExists' });
    const path = `${CORE}/namespaces/default/configmaps/locking`;
    expect((await kube.send('PUT', path, { body: { ...created.body, data: { a: '2' } } })).body.data).toEqual({
      a: '2',
    });
    expect((await kube.send('PUT', path, { body: created.body })).body).toMatchObject({
      code: 409,
      reason: 'Conflict',
    });
    const stale = { metadata: { resourceVersion: created.body.metadata.resourceVersion }, data: { a: '3' } };
    expect((await kube.patch(path, stale, 'merge-patch')).status).toBe(409);
    const wrongUid = await kube.send('DELETE', path, { body: { preconditions: { uid: 'x' } } });
    expect(wrongUid.body).toMatchObject({ code: 409, reason: 'Conflict' });
    const gone = await kube.send('DELETE', path, { body: { preconditions: { uid: created.body.metadata.uid } } });
    expect(gone.body).toMatchObject({ kind: 'Status', status: 'Success' });
    expect((await kube.get(path)).status).toBe(404);
  });

  it('does nothing in a dry run', async () => {
    const before = cluster.store.resourceVersion;
    const path = `${CORE}/namespaces/default/configmaps`;
    expect((await kube.send('POST', `${path}?dryRun=All`, { body: configMap('dry') })).status).toBe(201);
    expect(
      (await kube.patch(`${CORE}/nodes/n1?dryRun=All`, { spec: { unschedulable: true } })).body.spec.unschedulable,
    ).toBe(true);
    expect((await kube.send('DELETE', `${CORE}/nodes/n1?dryRun=All`)).status).toBe(200);
    expect((await kube.send('POST', `${path}?dryRun=Some`, { body: configMap('dry') })).status).toBe(422);
    expect(cluster.store.resourceVersion).toBe(before);
  });

  it('cordons by each of the three patches', async () => {
    const path = `${CORE}/nodes/n1`;
    expect((await kube.patch(path, { spec: { unschedulable: true } })).body.spec.unschedulable).toBe(true);
    expect(
      (await kube.patch(path, { spec: { unschedulable: null } }, 'merge-patch')).body.spec.unschedulable,
    ).toBeUndefined();
    const operations = [{ op: 'add', path: '/spec/unschedulable', value: true }];
    expect((await kube.patch(path, operations, 'json-patch')).body.spec.unschedulable).toBe(true);
    expect((await kube.patch(path, {}, 'unknown')).status).toBe(415);
    await kube.patch(path, { spec: { unschedulable: false } });
  });

  it('keeps spec and status apart', async () => {
    const path = `${CORE}/nodes/n1`;
    await kube.patch(`${path}/status`, { status: { phase: 'Odd' }, spec: { unschedulable: true } });
    const node = (await kube.get(path)).body;
    expect(node.status.phase).toBe('Odd');
    expect(node.spec.unschedulable).toBeFalsy();
    expect((await kube.patch(path, { status: { phase: 'Other' } })).body.status.phase).toBe('Odd');
  });

  it('refuses to change what is fixed in a pod', async () => {
    const pod = { metadata: { name: 'fixed' }, spec: { containers: [{ name: 'c', image: 'i' }] } };
    expect((await kube.send('POST', PODS, { body: pod })).status).toBe(201);
    expect((await kube.patch(`${PODS}/fixed`, { spec: { hostNetwork: true } })).body).toMatchObject({
      code: 422,
      reason: 'Invalid',
    });
    expect((await kube.send('POST', PODS, { body: { metadata: { name: 'none' }, spec: {} } })).body.reason).toBe(
      'Invalid',
    );
  });

  describe('lists', () => {
    const path = `${CORE}/namespaces/paging/configmaps`;
    beforeAll(() => {
      cluster.store.create('Namespace', { metadata: { name: 'paging' } });
      for (let i = 0; i < 25; i++) {
        const labels = { parity: i % 2 ? 'odd' : 'even' };
        cluster.store.create('ConfigMap', {
          metadata: { namespace: 'paging', name: `c${String(i).padStart(2, '0')}`, labels },
        });
      }
    });

    it('come in pages that all show one moment', async () => {
      const names: string[] = [];
      let token = '';
      const versions = new Set<string>();
      do {
        const { body } = await kube.get(`${path}?limit=10&continue=${token}`);
        names.push(...body.items.map((item: { metadata: { name: string } }) => item.metadata.name));
        versions.add(body.metadata.resourceVersion);
        if (names.length === 10) {
          expect(body.metadata.remainingItemCount).toBe(15);
          cluster.store.create('ConfigMap', { metadata: { namespace: 'paging', name: 'zz-late' } });
          cluster.store.delete('ConfigMap', 'paging', 'c20');
        }
        token = body.metadata.continue ?? '';
      } while (token);
      expect(names).toHaveLength(25);
      expect(names).toContain('c20');
      expect(names).not.toContain('zz-late');
      expect(versions.size).toBe(1);
    });

    it('answer 410 when the moment is gone', async () => {
      const { body } = await kube.get(`${path}?limit=5`);
      cluster.api.expireVersions();
      expect((await kube.get(`${path}?limit=5&continue=${body.metadata.continue}`)).body).toMatchObject({
        code: 410,
        reason: 'Expired',
      });
    });

    it('filter, leave kind out of items, and come as tables or metadata', async () => {
      const odd = (await kube.get(`${path}?labelSelector=parity%3Dodd&fieldSelector=metadata.name!%3Dc01`)).body;
      expect(odd.kind).toBe('ConfigMapList');
      expect(odd.items).toHaveLength(11);
      expect(odd.items[0].kind).toBeUndefined();
      const table = (await kube.get(path, { accept: 'application/json;as=Table;v=v1;g=meta.k8s.io' })).body;
      expect(table.kind).toBe('Table');
      expect(table.columnDefinitions.map((column: { name: string }) => column.name)).toEqual(['Name', 'Data', 'Age']);
      expect(table.rows[0].cells[0]).toBe('c00');
      expect(table.rows[0].object.kind).toBe('PartialObjectMetadata');
      const accept = 'application/json;as=PartialObjectMetadataList;v=v1;g=meta.k8s.io';
      expect((await kube.get(path, { accept })).body.kind).toBe('PartialObjectMetadataList');
      expect((await kube.get(path, { accept: 'application/vnd.kubernetes.protobuf' })).status).toBe(406);
      expect((await kube.get(`${path}?fieldSelector=spec.nothing%3D1`)).body.message).toBe(
        'field label not supported: spec.nothing',
      );
    });

    it('delete by selector', async () => {
      await kube.send('DELETE', `${path}?labelSelector=parity%3Deven`);
      const left = (await kube.get(path)).body.items.map((item: { metadata: { name: string } }) => item.metadata.name);
      expect(left).not.toContain('c00');
      expect(left).toContain('c01');
    });
  });

  describe('access', () => {
    let reader: string;
    beforeEach(() => {
      const rules = [
        { verbs: ['get', 'list'], resources: ['nodes', 'pods'], namespaces: [] },
        { verbs: ['get'], resources: ['nodes/proxy'], resourceNames: ['n1'] },
      ];
      reader = cluster.access.addServiceAccount('default', 'reader', rules);
    });

    it('tells unknown from forbidden', async () => {
      expect((await kube.get(`${CORE}/nodes`, { token: 'nonsense' })).body).toMatchObject({
        code: 401,
        reason: 'Unauthorized',
      });
      expect((await kube.get(`${CORE}/nodes`, { token: null })).body.message).toBe(
        'nodes is forbidden: User "system:anonymous" cannot list resource "nodes" in API group "" at the cluster scope',
      );
      expect((await kube.get('/healthz', { token: null })).body).toBe('ok');
      expect((await kube.get(`${CORE}/nodes`, { token: reader })).status).toBe(200);
      const refused = await kube.send('DELETE', `${PODS}/x`, { token: reader });
      expect(refused.body).toMatchObject({ code: 403, reason: 'Forbidden' });
      expect(refused.body.message).toBe(
        'pods "x" is forbidden: User "system:serviceaccount:default:reader" cannot delete resource "pods" in API group "" in the namespace "default"',
      );
      expect((await kube.get('/simulation/requests', { token: reader })).status).toBe(403);
      cluster.access.revoke(reader);
      expect((await kube.get(`${CORE}/nodes`, { token: reader })).status).toBe(401);
    });

    it('acts as another user for those who may', async () => {
      const headers = { 'impersonate-user': 'system:serviceaccount:default:reader' };
      expect((await kube.get(`${CORE}/nodes`, { headers })).status).toBe(200);
      expect((await kube.send('DELETE', `${CORE}/nodes/n1`, { headers })).status).toBe(403);
      const refused = await kube.get(`${CORE}/nodes`, {
        token: reader,
        headers: { 'impersonate-user': 'kubernetes-admin' },
      });
      expect(refused.body.message).toContain('cannot impersonate resource "users"');
    });

    it('answers reviews', async () => {
      const review = (group: string, resource: string, spec: object, token?: string) =>
        kube.send('POST', `/apis/${group}/v1/${resource}`, { body: { spec }, token }).then(({ body }) => body.status);
      const attributes = { verb: 'get', resource: 'nodes', subresource: 'proxy', name: 'n1' };
      const user = 'system:serviceaccount:default:reader';
      expect(await review('authentication.k8s.io', 'tokenreviews', { token: reader })).toMatchObject({
        authenticated: true,
        user: { username: user },
      });
      expect((await review('authentication.k8s.io', 'tokenreviews', { token: 'no' })).authenticated).toBe(false);
      const subject = { user, groups: ['system:authenticated'] };
      const asked = (resourceAttributes: object) =>
        review('authorization.k8s.io', 'subjectaccessreviews', { ...subject, resourceAttributes });
      expect((await asked(attributes)).allowed).toBe(true);
      expect((await asked({ ...attributes, name: 'n2' })).allowed).toBe(false);
      const self = await review(
        'authorization.k8s.io',
        'selfsubjectaccessreviews',
        { resourceAttributes: { ...attributes, verb: 'update' } },
        reader,
      );
      expect(self.allowed).toBe(false);
    });
  });
});
