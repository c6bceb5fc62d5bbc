import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { SimulatedCluster } from '../../../packages/simulated-cluster/src/start-simulated-cluster.js';
import { type ApiApp, startApiApp } from '../../support/api-app.js';
import { startTestCluster } from '../../support/simulated-cluster.js';

const NODE = 'worker-1';
const PATH = `/api/v1/clusters/demo/nodes/${NODE}/logs`;
const REFUSAL = '\noptions present and query resolved to log files for [nosuchthing]\ntry without specifying options\n';
const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;

let cluster: SimulatedCluster;
let api: ApiApp;

interface Line {
  at: string | null;
  text: string;
  id?: string;
}

const control = (change: Parameters<SimulatedCluster['kubelets']['control']>[1]) =>
  cluster.kubelets.control(NODE, change);
const ago = (milliseconds: number) => new Date(Date.now() - milliseconds).toISOString();

async function lines(query: string): Promise<string[]> {
  const { status, body } = await api.client.rest<string>('GET', `${PATH}?${query}`);
  expect([status, body]).toEqual([200, expect.any(String)]);
  return body.trimEnd().split('\n');
}

async function events(
  query: string,
  enough: (found: Line[]) => boolean,
): Promise<{ found: Line[]; notices: string[] }> {
  const found: Line[] = [];
  const notices: string[] = [];
  for await (const { id, event, data } of api.client.sse(`${PATH}?${query}`, {})) {
    if (event === 'error') throw new Error(data);
    if (event === 'notice') notices.push(JSON.parse(data).message);
    if (event === 'line') found.push({ id, ...JSON.parse(data) });
    if (event === 'end' || enough(found)) break;
  }
  return { found, notices };
}

const times = (found: Line[]) => found.map(({ at }) => Date.parse(at as string));

beforeAll(async () => {
  cluster = await startTestCluster();
  api = await startApiApp(cluster.kubeconfigPath);
});
afterAll(async () => {
  await api?.close();
  await cluster?.close();
});
beforeEach(() =>
  control({
    logAnswer: null,
    host: { timeZone: 'UTC', locale: 'en-US', journald: true, kubeletUnit: 'kubelet' },
    logRate: { unit: 'kubelet', linesPerSecond: 0.5 },
  }),
);

describe('12.20 the tail of a node log', () => {
  it.each(['tail=5', `tail=5&since=${new Date(Date.now() - 24 * HOUR).toISOString()}`])(
    'is the newest lines: %s',
    async (query) => {
      const { found } = await events(query, () => false);
      expect(found).toHaveLength(5);
      expect(Math.min(...times(found))).toBeGreaterThan(Date.now() - MINUTE);
    },
  );

  it('is the newest thousand lines by default', async () => {
    const found = await lines('');
    expect(found).toHaveLength(1000);
    const newest = (await lines('tail=1'))[0];
    expect((await lines('')).slice(-3)).toContain(newest);
  });

  it('comes in order with a pattern', async () => {
    for (const query of ['tail=5&pattern=kubelet|Probe', `tail=5&pattern=.&since=${ago(HOUR)}`]) {
      const { found } = await events(query, () => false);
      expect(found).toHaveLength(5);
      expect(times(found)).toEqual(times(found).toSorted((a, b) => a - b));
      expect(times(found).at(-1)).toBeGreaterThan(Date.now() - 5 * MINUTE);
    }
  });

  it('ends with the last lines before until', async () => {
    const until = ago(HOUR);
    const { found } = await events(`tail=4&until=${until}`, () => false);
    expect(found).toHaveLength(4);
    expect(times(found).every((at) => at <= Date.parse(until) && at > Date.parse(until) - MINUTE)).toBe(true);
    expect((await events(`until=${until}`, () => false)).found).toHaveLength(1000);
  });

  it.each(['', '&pattern=.'])('is all of the past that a follow shows%s', async (more) => {
    await control({ logRate: { unit: 'kubelet', linesPerSecond: 4 } });
    const started = Date.now();
    const { found } = await events(`follow=true&tail=2${more}`, (lines) => lines.length >= 4);
    expect(found).toHaveLength(4);
    expect(Math.min(...times(found))).toBeGreaterThan(started - MINUTE);
    expect(new Set(found.map(({ id }) => id)).size).toBe(4);
    const next = await events(`follow=true&tail=0${more}`, (lines) => lines.length >= 1);
    expect(times(next.found)[0]).toBeGreaterThan(times(found)[1] as number);
  });
});

describe.each([
  'Europe/Berlin',
  'America/New_York',
  'Asia/Kolkata',
  'Australia/Lord_Howe',
  'Pacific/Kiritimati',
  'Etc/GMT+12',
])('12.21 a node in %s', (timeZone) => {
  beforeEach(() => control({ host: { timeZone } }));

  it.each(['', '&pattern=.', '&tail=20&pattern=.', '&service=containerd&pattern=.'])(
    'shows what was written since a time%s',
    async (more) => {
      const since = ago(MINUTE);
      const { found } = await events(`since=${since}${more}`, () => false);
      expect(found.length).toBeGreaterThan(9);
      expect(Math.min(...times(found))).toBeGreaterThanOrEqual(Date.parse(since));
    },
  );

  it('shows what was written between two times', async () => {
    const [since, until] = [ago(3 * HOUR), ago(3 * HOUR - MINUTE)];
    const { found } = await events(`since=${since}&until=${until}`, () => false);
    expect(found.length).toBeGreaterThanOrEqual(29);
    expect(found.length).toBeLessThanOrEqual(31);
  });

  it.each(['', '&pattern=.'])('is followed%s', async (more) => {
    await control({ logRate: { unit: 'kubelet', linesPerSecond: 4 } });
    const { found } = await events(`follow=true&tail=1${more}`, (lines) => lines.length >= 3);
    expect(found).toHaveLength(3);
  });
});

it('12.21 goes over a change of the clocks without gap or double', async () => {
  await control({ host: { timeZone: 'Etc/GMT-2' } });
  const since = ago(MINUTE);
  const before = await events(`since=${since}&pattern=.`, () => false);
  // The zone that was learned is an hour off now.
  await control({ host: { timeZone: 'Etc/GMT-1' } });
  const after = await events(`since=${since}&pattern=.`, () => false);
  expect(after.found.slice(0, before.found.length).map(({ text }) => text.slice(0, 22))).toEqual(
    before.found.map(({ text }) => text.slice(0, 22)),
  );
});

describe('12.16 what kubelets answer', () => {
  it.each(['de-DE', 'fr-FR', 'ja-JP'])('is shown with its time in %s', async (locale) => {
    await control({ host: { locale } });
    const { found } = await events('tail=3', () => false);
    expect(found).toHaveLength(3);
    expect(Math.min(...times(found))).toBeGreaterThan(Date.now() - MINUTE);
    expect(await lines('tail=3')).toHaveLength(3);
    expect((await events(`since=${ago(MINUTE)}`, () => false)).found.length).toBeGreaterThan(9);
  });

  it('is found more than a year ago', async () => {
    const head = (day: string, n: number) => `${day} 10:00:0${n}.000001 worker-1 kubelet[1]: line ${n}\n`;
    await control({ logAnswer: head('Jan 05', 1) + head('Jan 06', 2) + head('Nov 24', 3) });
    const year = new Date().getUTCFullYear() - 1;
    const { found } = await events(`since=${year}-01-01T00:00:00Z&until=${year}-02-01T00:00:00Z`, () => false);
    expect(found.map(({ at }) => at)).toEqual([`${year}-01-05T10:00:01.000Z`, `${year}-01-06T10:00:02.000Z`]);
  });

  it('comes from hosts without journald, through files', async () => {
    const host = cluster.hosts.of(NODE);
    await control({ host: { journald: false } });
    host.write(
      '/var/log/kubelet.log',
      'I1124 10:00:00.000001    1023 a.go:1] "first error"\n\tof two lines\nE1124 10:00:01.000001    1023 a.go:1] second\n',
    );
    const expected = [
      'I1124 10:00:00.000001    1023 a.go:1] "first error"',
      '\tof two lines',
      'E1124 10:00:01.000001    1023 a.go:1] second',
    ];
    expect(await lines('')).toEqual(expected);
    expect(await lines('tail=1')).toEqual(expected.slice(2));
    const { found } = await events('', () => false);
    expect(found.map(({ text }) => text)).toEqual(expected);
    expect(found[2]?.at).toMatch(/-11-24T10:00:01.000Z$/);
    const missing = await api.client.rest('GET', `${PATH}?service=nosuchthing`);
    expect([missing.status, missing.body.code]).toEqual([422, 'KUBELET_REFUSED']);
    expect(missing.body.detail).toContain('log not found for nosuchthing');
    expect(await lines('pattern=SECOND|first')).toEqual(expected.slice(0, 1));
    const boot = await api.client.rest('GET', `${PATH}?boot=0`);
    expect(boot.body.detail).toContain('options present and query resolved to log files for [kubelet]');
    host.remove('/var/log/kubelet.log');
  });

  it('comes from Windows', async () => {
    const head =
      '\n   ProviderName: kubelet\n\nTimeCreated           Id LevelDisplayName Message\n-----------           -- ---------------- -------\n';
    await control({ logAnswer: `${head}11/24/2026 2:31:51 PM  0 Information      an error is no error\n` });
    const { found } = await events('tail=3', () => false);
    expect(found.at(-1)).toMatchObject({ at: '2026-11-24T14:31:51.000Z', text: expect.stringContaining('an error') });
    expect((await lines('tail=3')).at(-1)).toContain('an error is no error');
  });

  it('has notes about boots', async () => {
    const entry = (n: number) => `Nov 24 10:00:0${n}.000001 worker-1 kubelet[1]: ${n}`;
    const text = [
      '-- Logs begin at Mon 2026-11-23 10:00:00 UTC, end at Tue. --',
      entry(1),
      '-- Reboot --',
      entry(2),
      '-- Boot 3 --',
      entry(3),
    ];
    await control({ logAnswer: `${text.join('\n')}\n` });
    expect(await lines('tail=3')).toEqual(text);
    const { found } = await events('tail=3', () => false);
    expect(found.map((line) => line.text)).toEqual(text);
    expect(found.every(({ at }) => at !== null)).toBe(true);
  });

  it.each(['text/plain', 'text/event-stream'])(
    'is no line where it is a refusal, but a notice, in %s',
    async (accept) => {
      const query = 'service=kubelet,nosuchthing&tail=3';
      if (accept === 'text/plain') {
        const found = await lines(query);
        expect(found).toHaveLength(3);
        expect(found.join('\n')).not.toContain('options present');
        return;
      }
      const { found, notices } = await events(query, () => false);
      expect(found).toHaveLength(3);
      expect(notices).toEqual([
        'options present and query resolved to log files for [nosuchthing]',
        'try without specifying options',
      ]);
    },
  );

  it('is a notice over GraphQL', async () => {
    const query = `{ nodeLog(cluster: "demo", node: "${NODE}", service: ["kubelet", "nosuchthing"], tail: 3) { lines { text } notices } }`;
    const { data } = await api.client.graphql(query);
    expect(data.nodeLog.lines).toHaveLength(3);
    expect(data.nodeLog.notices[0]).toContain('[nosuchthing]');
  });

  it.each([
    ['error: journal output not available\n', 'journal output not available'],
    ['Failed to open journal: Permission denied\n', 'Failed to open journal: Permission denied'],
    ['something that nobody has seen\n', 'something that nobody has seen'],
    [REFUSAL, 'log not found'],
  ])('is a problem with its words: %s', async (logAnswer, words) => {
    await control({ logAnswer: logAnswer === REFUSAL ? '\nlog not found for kubelet\n' : logAnswer });
    const text = await api.client.rest('GET', PATH);
    expect([text.status, text.body.code]).toEqual([422, 'KUBELET_REFUSED']);
    expect(text.body.detail).toContain(words);
    const query = `{ nodeLog(cluster: "demo", node: "${NODE}", since: "2026-11-24T00:00:00Z") { lines { text } } }`;
    const { errors } = await api.client.graphql(query);
    expect(errors?.[0]?.message).toContain(words);
  });
});

describe('12.17 the logs of a node', () => {
  it.each([
    ['v1.36.1+k3s1', {}, 'k3s-agent'],
    ['v1.36.1+k3s1', { 'node-role.kubernetes.io/control-plane': 'true' }, 'k3s'],
    ['v1.36.1+rke2r1', {}, 'rke2-agent'],
    ['v1.36.1+rke2r1', { 'node-role.kubernetes.io/control-plane': 'true' }, 'rke2-server'],
  ])('are those of the unit that runs the kubelet: %s %j', async (kubeletVersion, labels, kubeletUnit) => {
    const node = cluster.store.require('Node', undefined, NODE);
    const { nodeInfo } = node.status;
    cluster.store.update('Node', {
      ...node,
      metadata: { ...node.metadata, labels: { ...node.metadata.labels, ...labels } },
      status: { ...node.status, nodeInfo: { ...nodeInfo, kubeletVersion } },
    });
    await control({ host: { kubeletUnit } });
    for (const line of await lines('tail=2')) expect(line).toContain(` ${kubeletUnit}[`);
    const query = `{ nodeLog(cluster: "demo", node: "${NODE}", tail: 2) { lines { text } } }`;
    const { data } = await api.client.graphql(query);
    expect(data.nodeLog.lines[0].text).toContain(` ${kubeletUnit}[`);
    const now = cluster.store.require('Node', undefined, NODE);
    cluster.store.update('Node', {
      ...now,
      metadata: { ...now.metadata, labels: node.metadata.labels },
      status: { ...now.status, nodeInfo },
    });
  });

  it('are files of /var/log, too', async () => {
    expect(await lines('file=cloud-init.log')).toEqual([`Cloud-init v. 25.2 finished on ${NODE}`]);
    const query = `{ nodeLog(cluster: "demo", node: "${NODE}", file: "cloud-init.log") { lines { text at } } }`;
    expect((await api.client.graphql(query)).data.nodeLog.lines).toEqual([
      { text: `Cloud-init v. 25.2 finished on ${NODE}`, at: null },
    ]);
    expect(await lines('file=cloud-init.log&pattern=v\\..*finished')).toHaveLength(1);
    for (const pattern of ['CLOUD', 'nothing']) {
      const none = await api.client.rest('GET', `${PATH}?file=cloud-init.log&pattern=${pattern}`);
      expect([none.status, none.body]).toEqual([200, undefined]);
    }
    const missing = await api.client.rest('GET', `${PATH}?file=nope.log`);
    expect([missing.status, missing.body.code]).toEqual([404, 'NOT_FOUND']);
  });

  it.each([
    'file=../etc/passwd',
    'file=/etc/passwd',
    'file=a/../../etc/passwd',
    'file=pods/x/0.log',
    'file=containers/x.log',
    'file=journal/x',
    'file=wtmp',
    'file=cloud-init.log&service=kubelet',
    'file=cloud-init.log&boot=0',
    'file=cloud-init.log&pattern=(',
  ])('are refused before any kubelet is asked: %s', async (query) => {
    await control({ fault: { kind: 'error', status: 500 } });
    const { status, body } = await api.client.rest('GET', `${PATH}?${query}`);
    await control({ fault: null });
    expect([status, body.code]).toEqual([400, 'VALIDATION_FAILED']);
  });
});

it('12.27 says of a pod log that the kubelet has no serving certificate', async () => {
  const pod = cluster.store.list('Pod').find(({ status, spec }) => status?.phase === 'Running' && spec?.nodeName);
  const { name, namespace } = pod?.metadata ?? {};
  const message = `Get "https://10.0.0.1:10250/containerLogs/${namespace}/${name}/c": remote error: tls: internal error`;
  const match = { subresource: 'log' };
  cluster.faults.set({ id: 'uncertified', match, effect: { status: 500, reason: '', message } });
  const { status, body } = await api.client.rest(
    'GET',
    `/api/v1/clusters/demo/namespaces/${namespace}/pods/${name}/logs`,
  );
  cluster.faults.clear();
  expect([status, body.code, body.node]).toEqual([503, 'KUBELET_UNAVAILABLE', pod?.spec.nodeName]);
  expect(body.detail).toContain('has no serving certificate yet');
});
