import { mkdtemp, rm } from 'node:fs/promises';
import { request as httpRequest, type IncomingMessage } from 'node:http';
import { Agent, request } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { CertificateAuthority } from '../api/certificate-authority.js';
import { ClusterAccess } from '../api/cluster-access.js';
import type { Node, Pod } from '../controllers/kube-types.js';
import { type RunningControllers, startControllers } from '../controllers/start-controllers.js';
import { defaultHost } from '../host/default-host.js';
import { HostFleet } from '../host/host-fleet.js';
import { loadDefaultProfile } from '../profiles/default-profile.js';
import { pod } from '../profiles/manifests.js';
import type { NewKubeObject } from '../store/kube-object.js';
import { ObjectStore } from '../store/object-store.js';
import { KubeletFleet } from './kubelet-fleet.js';

interface Answer {
  status: number;
  body: string;
  type: string;
}

let folder: string;
let store: ObjectStore;
let controllers: RunningControllers;
let hosts: HostFleet;
let fleet: KubeletFleet;
let access: ClusterAccess;
let agent: Agent;
let admin: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'kubelets-'));
  const authority = await CertificateAuthority.open(folder);
  store = new ObjectStore({ seed: 5 });
  hosts = new HostFleet(
    (name) => ({ ...defaultHost(name), kubeletVersion: name === 'gpu-1' ? 'v1.34.7' : 'v1.35.4' }),
    10,
  );
  controllers = startControllers(store, {
    timeScale: 10,
    hostRunner: hosts,
    load: (target) => loadDefaultProfile(target),
  });
  access = new ClusterAccess();
  admin = access.addAdmin('tester');
  fleet = new KubeletFleet(controllers, hosts, access, authority);
  await fleet.start();
  agent = new Agent({ ca: authority.certificatePem, keepAlive: true });
});

afterAll(async () => {
  agent.destroy();
  controllers.stop();
  await fleet.close();
  await rm(folder, { recursive: true });
});

const nodeOf = (name: string) => store.require('Node', undefined, name) as unknown as Node;

function open(node: string, path: string, options: { token?: string; method?: string; body?: string } = {}) {
  const { Port: port } = nodeOf(node).status.daemonEndpoints.kubeletEndpoint;
  const token = options.token ?? admin;
  return new Promise<IncomingMessage>((resolve, reject) => {
    const sent = request(
      {
        host: '127.0.0.1',
        port,
        path,
        agent,
        method: options.method ?? 'GET',
        headers: token ? { authorization: `Bearer ${token}` } : {},
      },
      resolve,
    );
    sent.on('error', reject);
    sent.end(options.body);
  });
}

async function call(node: string, path: string, options: Parameters<typeof open>[2] = {}): Promise<Answer> {
  const response = await open(node, path, options);
  let body = '';
  for await (const chunk of response) body += String(chunk);
  return { status: response.statusCode ?? 0, body, type: response.headers['content-type'] ?? '' };
}

const eventually = (assertion: () => void | Promise<void>) => vi.waitFor(assertion, { timeout: 60_000 });

describe('kubelet endpoints', () => {
  it('listens on a port of its own per node, with a certificate of the cluster CA', async () => {
    const ports = store.list('Node').map((node) => node.status.daemonEndpoints.kubeletEndpoint.Port);
    expect(new Set(ports).size).toBe(12);
    for (const path of ['/healthz', '/healthz/ping', '/healthz/log', '/healthz/syncloop']) {
      expect(await call('worker-1', path)).toMatchObject({ status: 200, body: 'ok' });
    }
    expect((await call('worker-1', '/nothing')).status).toBe(404);
  });

  it('is plain HTTP to nobody', async () => {
    const { Port: port } = nodeOf('worker-1').status.daemonEndpoints.kubeletEndpoint;
    await expect(
      new Promise((resolve, reject) => {
        httpRequest({ host: '127.0.0.1', port, path: '/healthz' }, resolve).on('error', reject).end();
      }),
    ).rejects.toThrow();
  });

  it('shows effective configuration that differs between nodes', async () => {
    const config = async (node: string) => JSON.parse((await call(node, '/configz')).body).kubeletconfig;
    expect(await config('worker-1')).toMatchObject({ maxPods: 110, authentication: { anonymous: { enabled: false } } });
    expect(await config('worker-1')).not.toHaveProperty('readOnlyPort');
    expect(await config('batch-1')).toMatchObject({
      readOnlyPort: 10255,
      authentication: { anonymous: { enabled: true } },
    });
    expect(await config('worker-6')).toMatchObject({ maxPods: 180 });
  });

  it('lists flags, except on the older kubelet', async () => {
    const { body } = await call('worker-2', '/flagz');
    expect(body).toContain('\nkubelet flagz\nWarning:');
    expect(body).toMatch(/^config-dir(:|: |=| )\/etc\/kubernetes\/kubelet\.conf\.d$/m);
    expect((await call('gpu-1', '/flagz')).status).toBe(404);
  });

  it('sets the verbosity by PUT alone', async () => {
    const put = (body: string) => call('worker-3', '/debug/flags/v', { method: 'PUT', body });
    expect(await put('6')).toMatchObject({ status: 200, body: 'successfully set klog.logging.verbosity to 6\n' });
    expect(hosts.of('worker-3').verbosity).toBe(6);
    expect((await put('loud')).status).toBe(400);
    expect((await call('worker-3', '/debug/flags/v')).status).toBe(406);
  });

  it('serves metrics, stats and pods of its own node', async () => {
    const running = (store.podsOnNode('worker-1') as unknown as Pod[]).filter(
      (item) => item.status.phase === 'Running',
    );
    const metrics = await call('worker-1', '/metrics');
    expect(metrics.type).toContain('version=0.0.4');
    expect(metrics.body).toContain(`kubelet_running_pods ${running.length}`);
    for (const name of [
      'kubelet_pleg_relist_duration_seconds_bucket',
      'kubelet_certificate_manager_server_ttl_seconds',
    ]) {
      expect(metrics.body).toContain(name);
    }
    expect((await call('worker-1', '/metrics/cadvisor')).body).toContain('machine_cpu_cores 8');
    expect((await call('worker-1', '/metrics/resource')).body).toContain('node_memory_working_set_bytes');
    expect((await call('worker-1', '/metrics/probes')).body).toContain('prober_probe_total');
    const summary = JSON.parse((await call('worker-1', '/stats/summary')).body);
    expect([summary.node.nodeName, summary.pods.length]).toEqual(['worker-1', running.length]);
    expect(JSON.parse((await call('worker-1', '/pods')).body).items).toHaveLength(store.podsOnNode('worker-1').length);
  });
});

describe('kubelet authorization', () => {
  const limited = (subresource: string) =>
    access.addUser(`only-${subresource}`, [{ verbs: ['*'], resources: [`nodes/${subresource}`] }]);

  it('refuses strangers, and names what is missing', async () => {
    expect(await call('worker-1', '/metrics', { token: 'unknown' })).toMatchObject({
      status: 401,
      body: 'Unauthorized',
    });
    expect((await call('worker-1', '/metrics', { token: '' })).status).toBe(401);
    const refused = await call('worker-1', '/configz', { token: limited('metrics') });
    expect(refused.status).toBe(403);
    expect(refused.body).toBe(
      'Forbidden (user=only-metrics, verb=get, resource=nodes, subresource(s)=[configz proxy])\n',
    );
  });

  it('knows anonymous callers where anonymous authentication is on, and still authorizes them', async () => {
    const answer = await call('batch-1', '/pods', { token: '' });
    expect([answer.status, answer.body.includes('user=system:anonymous')]).toEqual([403, true]);
  });

  it.each([
    ['/metrics/cadvisor', 'metrics'],
    ['/stats/summary', 'stats'],
    ['/logs/?query=kubelet&tailLines=1', 'log'],
    ['/configz', 'configz'],
    ['/healthz', 'healthz'],
    ['/pods', 'pods'],
    ['/configz', 'proxy'],
  ])('opens %s to nodes/%s', async (path, subresource) => {
    expect((await call('worker-1', path, { token: limited(subresource) })).status).toBe(200);
  });

  it.each([
    ['/metrics', 'stats'],
    ['/logs/', 'proxy'],
    ['/containerLogs/a/b/c', 'log'],
    ['/flagz', 'proxy'],
  ])('keeps %s from nodes/%s', async (path, subresource) => {
    expect((await call('worker-1', path, { token: limited(subresource) })).status).toBe(403);
  });
});

describe('node logs', () => {
  it('answers queries, refusals and late failures as the real kubelet does', async () => {
    const lines = (await call('worker-1', '/logs/?query=kubelet&tailLines=5')).body.trim().split('\n');
    expect(lines).toHaveLength(5);
    expect(lines[0]).toMatch(/^[A-Z][a-z]{2} \d\d \d\d:\d\d:\d\d\.\d{6} worker-1 kubelet\[1023\]: /);
    expect((await call('worker-1', '/logs/?query=kubelet&tailLines=x')).status).toBe(400);
    expect((await call('worker-1', '/logs/?query=a%20b')).status).toBe(406);
    const lost = await call('worker-1', '/logs/?query=nginx');
    expect([lost.status, lost.body]).toEqual([200, '\nlog not found for nginx\n']);
    const resolved = await call('worker-1', '/logs/?query=nginx&tailLines=5');
    expect([resolved.status, resolved.body.includes('options present and query resolved to log files')]).toEqual([
      200,
      true,
    ]);
    expect((await call('worker-1', '/logs/?query=kubelet&boot=-7')).body).toContain('No such boot ID in journal');
    expect((await call('worker-1', '/logs/?query=kubelet&pattern=nosuchword')).body).toBe('-- No entries --\n');
  });

  it('serves files, and never leaves its folder', async () => {
    expect((await call('worker-1', '/logs/dpkg.log')).body).toContain('kubelet:amd64');
    expect((await call('worker-1', '/logs/')).body).toContain('<a href="dpkg.log">dpkg.log</a>');
    for (const path of ['/logs/%2e%2e/%2e%2e/etc/hostname', '/logs/..%2f..%2fetc/hostname']) {
      expect((await call('worker-1', path)).status).toBe(404);
    }
  });

  it('ignores the query where log queries are off', async () => {
    const answer = await call('gpu-1', '/logs/?query=kubelet');
    expect([answer.status, answer.body.includes('<pre>')]).toEqual([200, true]);
    await fleet.control('worker-4', { logQuery: false });
    expect((await call('worker-4', '/logs/?query=kubelet')).body).toContain('<pre>');
    await fleet.control('worker-4', { logQuery: true });
  });
});

describe('container logs', () => {
  const path = (query: string) => `/containerLogs/payments/ledger-0/app?${query}`;
  const home = () => store.require('Pod', 'payments', 'ledger-0').spec.nodeName as string;

  it('honours tail, timestamps, limits and since', async () => {
    const lines = (await call(home(), path('tailLines=3&timestamps=true'))).body.trim().split('\n');
    expect(lines).toHaveLength(3);
    expect(lines[2]).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{9}Z level=info pod=ledger-0 container=app seq=\d+/);
    expect((await call(home(), path('limitBytes=40'))).body).toHaveLength(40);
    const since = lines[1]?.split(' ')[0] as string;
    expect((await call(home(), path(`sinceTime=${since}&timestamps=true`))).body.startsWith(lines[1] as string)).toBe(
      true,
    );
    expect((await call(home(), path('tailLines=-1'))).status).toBe(422);
    expect((await call(home(), path('tailLines=x'))).status).toBe(400);
  });

  it('says why there is nothing', async () => {
    expect((await call(home(), path('previous=true'))).body).toContain('previous terminated container "app"');
    expect((await call(home(), '/containerLogs/payments/ledger-0/nope')).status).toBe(404);
    expect((await call(home(), '/containerLogs/payments/nope/app')).status).toBe(404);
    const waiting = (
      store.list('Pod', { namespace: 'web', labelSelector: 'app=report-renderer' }) as unknown as Pod[]
    )[0];
    const target = `/containerLogs/web/${waiting?.metadata.name}/app`;
    const answer = await call(waiting?.spec.nodeName as string, target);
    expect([answer.status, answer.body]).toEqual([400, expect.stringContaining('is waiting to start')]);
  });

  it('follows a fast log, line by line, until the pod ends', async () => {
    const annotations = { 'simulation.node-steward.dev/log-lines-per-second': '5000' };
    store.create('Pod', pod({ name: 'chatty', nodeName: 'worker-3', annotations }) as unknown as NewKubeObject);
    await eventually(() => expect(store.require('Pod', 'default', 'chatty').status.phase).toBe('Running'));
    const response = await open('worker-3', '/containerLogs/default/chatty/app?follow=true&sinceSeconds=1');
    setTimeout(() => store.delete('Pod', 'default', 'chatty', { gracePeriodSeconds: 0 }), 600);
    let text = '';
    for await (const chunk of response) text += String(chunk);
    const seqs = [...text.matchAll(/ seq=(\d+) /g)].map((match) => Number(match[1]));
    expect(seqs.length).toBeGreaterThan(2_000);
    expect(seqs.every((seq, index) => seq === (seqs[0] as number) + index)).toBe(true);
  });
});

describe('kubelet control', () => {
  it('strikes with each fault and recovers', async () => {
    await fleet.control('worker-5', { fault: { kind: 'error', remaining: 1 } });
    expect((await call('worker-5', '/configz')).status).toBe(500);
    await fleet.control('worker-5', { fault: { kind: 'garbage', pathPrefix: '/configz' } });
    const garbage = (await call('worker-5', '/configz')).body;
    expect(() => JSON.parse(garbage)).toThrow();
    expect((await call('worker-5', '/healthz')).status).toBe(200);
    await fleet.control('worker-5', { fault: { kind: 'drop', afterBytes: 100 } });
    await expect(call('worker-5', '/metrics')).rejects.toThrow();
    await fleet.control('worker-5', { fault: null });
    expect((await call('worker-5', '/configz')).status).toBe(200);
  });

  it('stops answering while the kubelet is away and comes back on the same port', async () => {
    const port = nodeOf('worker-5').status.daemonEndpoints.kubeletEndpoint.Port;
    await fleet.control('worker-5', { kubelet: 'stop' });
    await expect(call('worker-5', '/healthz')).rejects.toThrow();
    await fleet.control('worker-5', { kubelet: 'start' });
    expect((await call('worker-5', '/healthz')).status).toBe(200);
    expect(nodeOf('worker-5').status.daemonEndpoints.kubeletEndpoint.Port).toBe(port);
  });

  it('restarts through a privileged pod on the host: lease renewed, not ready for a moment, then ready', async () => {
    const lease = () => store.require('Lease', 'kube-node-lease', 'worker-6').spec.renewTime as string;
    const before = lease();
    const readiness: string[] = [];
    const end = store.subscribe('Node', ({ object }) => {
      if (object.metadata.name !== 'worker-6') return;
      readiness.push(object.status.conditions.find((item: { type: string }) => item.type === 'Ready').status);
    });
    const command = ['nsenter', '-t', '1', '-m', '--', 'systemctl', 'restart', 'kubelet'];
    const containers = [{ name: 'agent', image: 'agent:1', command, securityContext: { privileged: true } }];
    const spec = { hostPID: true, restartPolicy: 'Never', containers };
    store.create('Pod', pod({ name: 'restarter', nodeName: 'worker-6', spec }) as unknown as NewKubeObject);
    await eventually(() => expect(store.require('Pod', 'default', 'restarter').status.phase).toBe('Succeeded'));
    await eventually(() => expect(readiness.at(-1)).toBe('True'));
    end();
    expect(readiness).toContain('False');
    expect(lease() > before).toBe(true);
    expect(hosts.of('worker-6').restarts).toBe(1);
    expect((await call('worker-6', '/containerLogs/default/restarter/agent')).body).toBe('kubelet.service restarted\n');
  });

  it('can stay away after a restart', async () => {
    await fleet.control('batch-2', { startFault: 'never-returns', kubelet: 'restart' });
    expect(hosts.of('batch-2').state).toBe('failed');
    await expect(call('batch-2', '/healthz')).rejects.toThrow();
    await fleet.control('batch-2', { startFault: null, kubelet: 'start' });
    expect((await call('batch-2', '/healthz')).status).toBe(200);
  });
});
