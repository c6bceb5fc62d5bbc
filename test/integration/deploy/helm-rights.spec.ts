import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { SimulatedCluster } from '../../../packages/simulated-cluster/src/start-simulated-cluster.js';
import { ClusterApi, type LeaseWrite } from '../../../src/platform/kubernetes/cluster-api.js';
import type { ClusterConnection } from '../../../src/platform/kubernetes/cluster-connection.js';
import { KUBE_PATHS } from '../../../src/platform/kubernetes/kube-paths.js';
import { KUBELET_ENDPOINTS } from '../../../src/platform/kubernetes/kubelet/kubelet-endpoint.js';
import { AlwaysPermit } from '../../support/always-permit.js';
import { connectionsTo } from '../../support/cluster-connections.js';
import { chartManifests, EVERYTHING, type Manifest, ofKind } from '../../support/helm-chart.js';
import { projectRoot } from '../../support/project-root.js';
import { startTestCluster } from '../../support/simulated-cluster.js';

const permit = new AlwaysPermit();
const lease = { metadata: { name: 'l', namespace: 'n', uid: 'u', resourceVersion: '1' }, spec: {} };

/** Each call of ClusterApi once. */
const CALLS: { [Name in Exclude<keyof ClusterApi, 'connection'>]: (api: ClusterApi) => Promise<unknown> } = {
  version: (api) => api.version(),
  getNode: (api) => api.getNode('worker-1'),
  listNodes: (api) => api.listNodes(),
  listNodeMetrics: (api) => api.listNodeMetrics(),
  patchNode: (api) => api.patchNode('worker-1', {}, { permit }),
  getPod: (api) => api.getPod('n', 'p'),
  listPodsOnNode: (api) => api.listPodsOnNode('worker-1'),
  supportsEviction: (api) => api.supportsEviction(),
  evictPod: (api) => api.evictPod('n', 'p', { uid: 'u', permit }),
  deletePod: (api) => api.deletePod('n', 'p', { uid: 'u', permit }),
  listPodDisruptionBudgets: (api) => api.listPodDisruptionBudgets(),
  listDaemonSets: (api) => api.listDaemonSets(),
  getNamespace: (api) => api.getNamespace('n'),
  listCsiNodes: (api) => api.listCsiNodes(),
  listVolumeAttachments: (api) => api.listVolumeAttachments(),
  listPersistentVolumeClaims: (api) => api.listPersistentVolumeClaims(),
  listPersistentVolumes: (api) => api.listPersistentVolumes(),
  listResourceSlices: (api) => api.listResourceSlices(),
  listEvents: (api) => api.listEvents(),
  createEvent: (api) => api.createEvent('n', { metadata: {} } as Parameters<ClusterApi['createEvent']>[1], { permit }),
  getLease: (api) => api.getLease('n', 'l'),
  listLeases: (api) => api.listLeases('n'),
  createLease: (api) => api.createLease('n', { name: 'l', spec: {} } as LeaseWrite, { permit }),
  updateLease: (api) => api.updateLease(lease as Parameters<ClusterApi['updateLease']>[0], { permit }),
  deleteLease: (api) => api.deleteLease(lease as Parameters<ClusterApi['deleteLease']>[0], { permit }),
  createJob: (api) => api.createJob('n', {}, { permit }),
  getJob: (api) => api.getJob('n', 'j'),
  deleteJob: (api) => api.deleteJob('n', 'j', { permit }),
  listPodsOfJob: (api) => api.listPodsOfJob('n', 'j'),
  readPodLog: (api) => api.readPodLog('n', 'p', 10),
};

const CSRS = '/apis/certificates.k8s.io/v1/certificatesigningrequests';
/** What is sent past ClusterApi: where, and what. */
const DIRECT: Record<string, ((connection: ClusterConnection) => Promise<unknown>)[]> = {
  'features/nodes/application/certificates/serving-certificates.service.ts': [
    (connection) => connection.request('GET', `${CSRS}/c`),
    (connection) => connection.change('PUT', `${CSRS}/c/approval`, { body: {}, permit }),
  ],
  'platform/kubernetes/signing-requests.ts': [(connection) => connection.list(CSRS)],
  'features/nodes/application/logs/read-pod-logs.service.ts': [
    (connection) => connection.stream('/api/v1/namespaces/n/pods/p/log', {}),
  ],
  'features/operations/drain/kubernetes-plan-gateway.adapter.ts': [
    (connection) => connection.list(KUBE_PATHS.pods),
    (connection) => connection.list('/api/v1/namespaces'),
  ],
  'features/operations/drain/kubernetes-drain-gateway.adapter.ts': [
    (connection) => connection.list('/api/v1/namespaces/n/pods'),
  ],
};

/** What maintenance runs watch of namespaces. */
const WATCHED_BY_RUNS = [
  '/api/v1/namespaces/n/pods',
  '/apis/apps/v1/namespaces/n/replicasets',
  '/apis/apps/v1/namespaces/n/statefulsets',
  '/api/v1/namespaces/n/replicationcontrollers',
];

const SENDS = /\bconnection\s*\.\s*(?:list|request|change|stream|watch)\b|connections\.get\([^)]*\)\s*\.\s*\w+/;
const PATH = /(['`])(\/apis?\/v?[^'`]*)\1/g;
const OWN_API = /^\/api\/v1\/(?:clusters|operations|maintenance-runs|kubelet-config-changes)/;

const sources = globSync('src/{features,platform}/**/*.ts', { cwd: projectRoot })
  .filter((file) => !/\/platform\/(?:api|rest|postgres)\//.test(file) && !file.endsWith('.spec.ts'))
  .map((file) => ({ file: file.slice('src/'.length), text: readFileSync(join(projectRoot, file), 'utf8') }));

/** `verb group/resource`, once each, sorted. */
const sorted = (rights: Iterable<string>): string[] => [...new Set(rights)].sort();

describe('12.32 the rights of the chart are those of the requests that the service can send', () => {
  let cluster: SimulatedCluster;
  let manifests: Manifest[];
  let sent: { verb: string; resource: string; path: string }[];

  beforeAll(async () => {
    cluster = await startTestCluster();
    manifests = await chartManifests(...EVERYTHING);
    const connections = connectionsTo(cluster.kubeconfigPath);
    const api = connections.api(cluster.name);
    cluster.api.requests.reset();
    // One by one, so that each is in time. What a server answers to such requests is no matter here.
    for (const call of Object.values(CALLS)) await Promise.allSettled([call(api)]);
    for (const send of Object.values(DIRECT).flat()) await Promise.allSettled([send(api.connection)]);
    for (const path of [...watched(), ...WATCHED_BY_RUNS]) {
      const watch = { resourceVersion: '1', onEvent: () => undefined, signal: AbortSignal.timeout(60_000) };
      await Promise.allSettled([api.connection.list(path)]);
      await Promise.allSettled([api.connection.watch(path, { ...watch, timeoutSeconds: 1 })]);
    }
    sent = cluster.api.requests.recent
      .filter(({ resource, userAgent }) => resource !== '' && userAgent.startsWith('node-steward'))
      .map(({ verb, resource, subresource, path }) => {
        const group = path.startsWith('/apis/') ? path.split('/')[2] : '';
        return { verb, resource: `${group}/${resource}${subresource ? `/${subresource}` : ''}`, path };
      });
    await connections.onApplicationShutdown();
  });
  afterAll(() => cluster?.close());

  /** Paths that are watched, by the name that the source gives them. */
  const watched = () =>
    sources.flatMap(({ text }) =>
      [...text.matchAll(/path: KUBE_PATHS\.(\w+)/g)].map(([, name]) => KUBE_PATHS[name as keyof typeof KUBE_PATHS]),
    );

  const granted = (kind: 'ClusterRole' | 'Role', name: string) => {
    const [role] = ofKind(manifests, kind).filter((each) => each.metadata.name.endsWith(`-${name}`));
    return sorted(
      role.rules.flatMap(({ apiGroups, resources, verbs }: Record<'apiGroups' | 'resources' | 'verbs', string[]>) =>
        apiGroups.flatMap((group) => resources.flatMap((what) => verbs.map((verb) => `${verb} ${group}/${what}`))),
      ),
    );
  };
  const requested = (fits: (verb: string, resource: string) => boolean) =>
    sent.filter(({ verb, resource }) => fits(verb, resource)).map(({ verb, resource }) => `${verb} ${resource}`);

  const isRead = (verb: string) => ['get', 'list', 'watch'].includes(verb);
  const LEASES = 'coordination.k8s.io/leases';
  const JOBS = 'batch/jobs';
  const POD_DELETES = (verb: string, resource: string) => verb === 'delete' && resource === '/pods';
  const APPROVAL = 'certificates.k8s.io/certificatesigningrequests/approval';

  it('knows every place that sends something', () => {
    const places = sources.filter(({ text }) => SENDS.test(text)).map(({ file }) => file);
    const client = ['platform/kubernetes/cluster-api.ts', 'platform/kubernetes/list-watch.ts'];
    expect(places.sort()).toEqual([...Object.keys(DIRECT), ...client].sort());
    const paths = sources.flatMap(({ text }) => [...text.matchAll(PATH)].map(([, , path]) => path as string));
    for (const path of paths.filter((each) => !OWN_API.test(each))) {
      const pattern = path.replace(/[.]/g, '\\.').replace(/\$\{[^}]*\}/g, '[^/]+');
      expect(
        sent.some((request) => new RegExp(`^${pattern}(?:/|$)`).test(request.path)),
        path,
      ).toBe(true);
    }
  });

  it('sends nothing that nobody asks for', () => {
    const all = sources.filter(({ file }) => !file.endsWith('cluster-api.ts')).map(({ text }) => text);
    for (const name of Object.keys(CALLS))
      expect(
        all.some((text) => text.includes(`.${name}(`)),
        name,
      ).toBe(true);
  });

  it('reads', () => {
    const kubelets = Object.values(KUBELET_ENDPOINTS).filter(({ method }) => method === 'GET');
    const rights = kubelets.map(({ right }) => `get /nodes/${right}`);
    const reads = requested((verb, resource) => isRead(verb) && resource !== JOBS);
    expect(granted('ClusterRole', 'read')).toEqual(sorted([...reads, ...rights]));
  });

  it('operates', () => {
    const apart = [LEASES, JOBS, APPROVAL];
    const writes = requested(
      (verb, resource) => !isRead(verb) && !apart.includes(resource) && !POD_DELETES(verb, resource),
    );
    expect(granted('ClusterRole', 'operate')).toEqual(sorted(writes));
    expect(granted('ClusterRole', 'force')).toEqual(sorted(requested(POD_DELETES)));
    // Heartbeats of nodes are listed; of its own locks the service knows the names.
    const locks = requested((verb, resource) => resource === LEASES && verb !== 'list');
    expect(granted('Role', 'locks')).toEqual(sorted(locks));
    expect(granted('ClusterRole', 'node-agent')).toEqual(sorted(requested((_, resource) => resource === JOBS)));
  });

  it('reaches kubelets through the API server, and decides on their certificates', () => {
    const proxied = Object.values(KUBELET_ENDPOINTS).map(({ method }) => (method === 'GET' ? 'get' : 'update'));
    const rights = proxied.map((verb) => `${verb} /nodes/proxy`);
    const approvals = requested((verb, resource) => !isRead(verb) && resource === APPROVAL);
    // The API server asks for it when an approval is written.
    const signer = 'approve certificates.k8s.io/signers';
    expect(granted('ClusterRole', 'kubelet')).toEqual(sorted([...rights, ...approvals, signer]));
  });
});
