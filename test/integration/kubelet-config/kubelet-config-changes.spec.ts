import type { INestApplicationContext } from '@nestjs/common';
import fc from 'fast-check';
import { DataSource } from 'typeorm';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { stringify } from 'yaml';
import type { SimulatedCluster } from '../../../packages/simulated-cluster/src/start-simulated-cluster.js';
import { ApiModule } from '../../../src/api.module.js';
import { loadConfig } from '../../../src/config/app-config.js';
import { createHttpApp } from '../../../src/create-http-app.js';
import { SeedEmbeddedTokens, type SeedTokens } from '../../../src/features/access/index.js';
import { AdvanceRequests } from '../../../src/features/approvals/application/advance-requests.service.js';
import { Clock } from '../../../src/kernel/clock.js';
import { runMigrations } from '../../../src/platform/postgres/run-migrations.js';
import { createLogger } from '../../../src/platform/telemetry/logger.js';
import { HttpClient } from '../../support/http-client.js';
import { testDatabase } from '../../support/postgres.js';
import { startTestCluster } from '../../support/simulated-cluster.js';

// biome-ignore lint/suspicious/noExplicitAny: answers are looked at as they come
type Json = any;

const DAY_MS = 24 * 3600 * 1000;
const CHANGES = '/api/v1/kubelet-config-changes';

let cluster: SimulatedCluster;
const apps: { app: INestApplicationContext & { close(): Promise<void> }; url: string }[] = [];
let tokens: SeedTokens;
let clusterName: string;
let policyEtag: string;

const as = (role: keyof SeedTokens, process = 0) => new HttpClient(apps[process]?.url as string, tokens[role]);

beforeAll(async () => {
  cluster = await startTestCluster();
  const { url: databaseUrl } = await testDatabase();
  await runMigrations(databaseUrl);
  const settings = { LOG_LEVEL: 'error', LOG_FORMAT: 'json', DATABASE_URL: databaseUrl, ROLE: 'api' };
  const config = loadConfig({ ...settings, KUBECONFIG: cluster.kubeconfigPath, RATE_LIMIT_REQUESTS: '100000' }, false);
  for (let process = 0; process < 2; process++) {
    const app = await createHttpApp(ApiModule.of(config), config, createLogger(config));
    await app.listen(0, '127.0.0.1');
    apps.push({ app, url: await app.getUrl() });
  }
  tokens = await (apps[0] as Json).app.get(SeedEmbeddedTokens, { strict: false }).seed();
  clusterName = (await as('viewer').rest('GET', '/api/v1/clusters')).body.items[0].name;
  policyEtag = (await as('admin').rest('GET', '/api/v1/approval-policies')).headers.get('etag') as string;
});

afterAll(async () => {
  for (const { app } of apps) await app.close();
  await cluster?.close();
});

let offset = 0;
beforeEach(() => {
  offset = 0;
  for (const { app } of apps) {
    app.get(Clock, { strict: false }).now = () => new Date(Date.now() + offset);
  }
});

const advance = (id: string) => (apps[0] as Json).app.get(AdvanceRequests, { strict: false }).one(id);

const draft = (body: Json = {}) => ({
  cluster: clusterName,
  nodes: ['worker-1', 'worker-2'],
  patch: { containerLogMaxSize: '50Mi' },
  reason: 'fewer rotations',
  ...body,
});

async function create(body: Json = {}): Promise<Json> {
  const made = await as('operator').rest('POST', CHANGES, { body: draft(body) });
  expect(made.status, JSON.stringify(made.body)).toBe(201);
  return made.body;
}

const step = (role: keyof SeedTokens, id: string, name: string, body: Json = {}, process = 0) =>
  as(role, process).rest('POST', `${CHANGES}/${id}/${name}`, { body });

async function submitted(body: Json = {}): Promise<Json> {
  const { id } = await create(body);
  const { status, body: change } = await step('operator', id, 'submit');
  expect(status, JSON.stringify(change)).toBe(200);
  return change;
}

const approve = (role: keyof SeedTokens, { id, contentHash }: Json, process = 0) =>
  step(role, id, 'reviews', { decision: 'APPROVE', contentHash }, process);

const current = async (id: string) => (await as('viewer').rest('GET', `${CHANGES}/${id}`)).body;
const historyOf = async (id: string): Promise<Json[]> =>
  (await as('viewer').rest('GET', `${CHANGES}/${id}/history`)).body.items;

describe('drafts', () => {
  test('are edited with the ETag: 428 without, 412 with an old one', async () => {
    const { id, version } = await create();
    const edit = (ifMatch?: string) =>
      as('operator').rest('PATCH', `${CHANGES}/${id}`, {
        body: { reason: 'other words' },
        headers: ifMatch === undefined ? {} : { 'if-match': ifMatch },
      });
    expect((await edit()).status).toBe(428);
    const done = await edit(`"${version}"`);
    expect([done.status, done.body.reason, done.headers.get('etag')]).toEqual([200, 'other words', `"${version + 1}"`]);
    expect((await edit(`"${version}"`)).status).toBe(412);
  });

  test('take YAML with null, and a retry with the same key gives the same change', async () => {
    const body = draft({ patch: 'maxPods: null\ncontainerLogMaxFiles: 4\n' });
    const send = () => as('operator').rest('POST', CHANGES, { body, headers: { 'idempotency-key': 'once' } });
    const [first, second] = [await send(), await send()];
    expect(first.body.patch).toEqual({ maxPods: null, containerLogMaxFiles: 4 });
    expect(second.body.id).toBe(first.body.id);
  });

  test('what is wrong is told at once, with pointers, when it is submitted', async () => {
    const { id } = await create({ patch: { maxPodz: 1, containerLogMaxFiles: 1, cgroupDriver: 'cgroupfs' } });
    const { status, body } = await step('operator', id, 'submit');
    expect([status, body.code]).toEqual([400, 'VALIDATION_FAILED']);
    expect(body.errors.map(({ pointer }: Json) => pointer).sort()).toEqual([
      '/patch/cgroupDriver',
      '/patch/containerLogMaxFiles',
      '/patch/maxPodz',
    ]);
  });

  test.each([
    ['text that is no YAML', '{{{'],
    ['a list', ['a']],
    ['a number', 4],
    ['U+0000', { clusterDomain: '\u0000' }],
    ['lone surrogates', { clusterDomain: '\ud800' }],
    ['a prototype', '{"__proto__": {"a": 1}, "constructor": null}'],
    ['depth', '['.repeat(5000)],
  ])('%s never gives a 5xx', async (_name, patch) => {
    const made = await as('operator').rest('POST', CHANGES, { body: draft({ patch }) });
    const ended = made.status === 201 ? await step('operator', made.body.id, 'submit') : made;
    expect(ended.status).toBe(400);
  });

  test('fuzzed documents never give a 5xx', async () => {
    const names = fc.constantFrom('maxPods', 'evictionHard', 'featureGates', 'clusterDNS', 'reservedMemory', 'logging');
    const anything = fc.oneof(
      fc.dictionary(fc.oneof(names, fc.string({ unit: 'binary' })), fc.jsonValue({ stringUnit: 'binary' }), {
        maxKeys: 6,
      }),
      fc.string({ unit: 'binary' }),
      fc.jsonValue(),
    );
    await fc.assert(
      fc.asyncProperty(anything, async (patch) => {
        const made = await as('operator').rest('POST', CHANGES, { body: draft({ nodes: ['worker-6'], patch }) });
        const ended = made.status === 201 ? await step('operator', made.body.id, 'submit') : made;
        expect(ended.status, JSON.stringify(ended.body)).toBeLessThan(500);
        if (made.status !== 201) return;
        const diff = await as('operator').rest('GET', `${CHANGES}/${made.body.id}/diff`);
        expect(diff.status, JSON.stringify(diff.body)).toBeLessThan(500);
      }),
      { numRuns: 150 },
    );
  });

  test('a viewer may not write, and unknown nodes are named', async () => {
    expect((await as('viewer').rest('POST', CHANGES, { body: draft() })).status).toBe(403);
    const { status, body } = await as('operator').rest('POST', CHANGES, { body: draft({ nodes: ['nowhere'] }) });
    expect([status, body.errors[0].pointer]).toEqual([400, '/nodes/0']);
  });
});

describe('reviews', () => {
  test('one approval is enough at low risk; it is in the inbox until then; then the plan is there', async () => {
    const change = await submitted();
    expect([change.status, change.risk, change.quorum.missing[0].groups]).toEqual(['PENDING', 'low', ['approvers']]);
    const inbox = async () =>
      (await as('approver').rest('GET', '/api/v1/reviews-requested')).body.items.map(({ id }: Json) => id);
    expect(await inbox()).toContain(change.id);
    expect((await as('operator').rest('GET', `${CHANGES}/${change.id}/plan`)).status).toBe(409);
    const { body } = await approve('approver', change);
    expect(body.status).toBe('APPROVED');
    expect(await inbox()).not.toContain(change.id);
    const started = await step('operator', change.id, 'start');
    expect([started.status, started.body.status]).toEqual([200, 'EXECUTING']);
    const plan = await as('operator').rest('GET', `${CHANGES}/${change.id}/plan`);
    expect(JSON.stringify(plan.body)).toContain('containerLogMaxSize: 50Mi');
    expect((await historyOf(change.id)).filter(({ type }) => type !== 'EFFECT').map(({ type }) => type)).toEqual([
      'CREATED',
      'SUBMITTED',
      'REVIEWED',
      'STARTED',
    ]);
  });

  test('the author, people outside of the groups and other content are refused', async () => {
    const change = await submitted();
    expect((await approve('operator', change)).status).toBe(403);
    expect((await approve('viewer', change)).status).toBe(403);
    const stale = await approve('approver', { ...change, contentHash: 'x' });
    expect([stale.status, stale.body.cause]).toEqual([409, 'CONTENT_CHANGED']);
    const own = await as('admin').rest('POST', CHANGES, { body: draft() });
    const mine = await step('admin', own.body.id, 'submit');
    const refused = await approve('admin', mine.body);
    expect([refused.status, refused.body.code, refused.body.exclusion]).toEqual([403, 'REVIEW_NOT_ALLOWED', 'AUTHOR']);
  });

  test('reviews at the same time in two processes are all kept, none twice', async () => {
    const change = await submitted({ patch: { maxPods: 90 } });
    expect(change.risk).toBe('high');
    const answers = await Promise.all(
      Array.from({ length: 10 }, (_, i) => approve(i % 4 < 2 ? 'approver' : 'admin', change, i % 2)),
    );
    expect(answers.map(({ status }) => status)).toEqual(Array(10).fill(200));
    const { status, reviews } = await current(change.id);
    expect(status).toBe('APPROVED');
    expect(reviews).toHaveLength(10);
    const standing = reviews.filter(({ voidedAt }: Json) => voidedAt === null);
    expect(standing.map(({ reviewer }: Json) => reviewer.displayName).sort()).toEqual([
      'embedded admin',
      'embedded approver',
    ]);
    const history = await historyOf(change.id);
    expect(history.filter(({ type }) => type === 'REVIEWED')).toHaveLength(10);
    expect(history.map(({ seq }) => seq)).toEqual(history.map((_, index) => index + 1));
  });

  test('an edit voids approvals if and only if the content changes', async () => {
    const change = await submitted();
    await approve('approver', change);
    const edit = async (body: Json) =>
      (await as('operator').rest('PATCH', `${CHANGES}/${change.id}`, { body, headers: { 'if-match': '*' } })).body;
    const worded = await edit({ reason: 'better words' });
    expect([worded.status, worded.contentHash]).toEqual(['APPROVED', change.contentHash]);
    const changed = await edit({ patch: { containerLogMaxSize: '60Mi' } });
    expect([changed.status, changed.reviews[0].voidReason]).toEqual(['PENDING', 'CONTENT_CHANGED']);
    expect(changed.contentHash).not.toBe(change.contentHash);
  });

  test('the history can not be changed', async () => {
    const { id } = await create();
    const database = (apps[0] as Json).app.get(DataSource, { strict: false });
    await expect(database.query('DELETE FROM approval_request_events WHERE request_id = $1', [id])).rejects.toThrow(
      'append-only',
    );
  });
});

describe('what time and others do', () => {
  test('approvals expire, after one reminder', async () => {
    const { id } = await submitted();
    offset = 4 * DAY_MS;
    await advance(id);
    await advance(id);
    expect((await historyOf(id)).filter(({ type }) => type === 'REMINDED')).toHaveLength(1);
    offset = 8 * DAY_MS;
    await advance(id);
    expect((await current(id)).status).toBe('EXPIRED');
    expect((await historyOf(id)).length).toBeGreaterThan(2);
  });

  test('drift of a live configuration gives STALE with the difference; an empty edit asks again', async () => {
    const change = await submitted({ nodes: ['worker-4'] });
    await approve('approver', change);
    const host = cluster.hosts.of('worker-4');
    const dropIn = { apiVersion: 'kubelet.config.k8s.io/v1beta1', kind: 'KubeletConfiguration', maxPods: 42 };
    host.write(`${host.flags['config-dir']}/50-by-hand.conf`, stringify(dropIn));
    host.restartKubelet();
    await advance(change.id);
    const stale = await current(change.id);
    expect(stale.status).toBe('STALE');
    expect(stale.difference).toEqual([
      { node: 'worker-4', kind: 'CONFIG', changes: [{ path: '/maxPods', before: 110, after: 42 }] },
    ]);
    const { status, body } = await step('operator', change.id, 'start');
    expect([status, body.code, body.difference]).toEqual([409, 'CHANGE_STALE', stale.difference]);
    const renewed = await as('operator').rest('PATCH', `${CHANGES}/${change.id}`, {
      body: {},
      headers: { 'if-match': '*' },
    });
    expect([renewed.body.status, renewed.body.difference]).toEqual(['PENDING', null]);
    expect(renewed.body.contentHash).not.toBe(change.contentHash);
    expect((await approve('approver', renewed.body)).body.status).toBe('APPROVED');
    expect((await step('operator', change.id, 'start')).body.status).toBe('EXECUTING');
  });

  test('drift that is taken back: the approval stands again', async () => {
    const change = await submitted({ nodes: ['worker-5'] });
    await approve('approver', change);
    const host = cluster.hosts.of('worker-5');
    const path = host.flags.config as string;
    const before = host.read(path) as string;
    host.write(path, `${before}\nregistryPullQPS: 9\n`);
    host.restartKubelet();
    expect((await step('operator', change.id, 'start')).body.code).toBe('CHANGE_STALE');
    host.write(path, before);
    host.restartKubelet();
    const edit = { body: {}, headers: { 'if-match': '*' } };
    const renewed = await as('operator').rest('PATCH', `${CHANGES}/${change.id}`, edit);
    expect([renewed.body.status, renewed.body.contentHash]).toEqual(['APPROVED', change.contentHash]);
  });

  test('a schedule starts by itself, not before its time', async () => {
    const change = await submitted();
    await approve('approver', change);
    const startAt = new Date(Date.now() + 3600_000).toISOString();
    expect((await step('operator', change.id, 'schedule', { startAt })).body.status).toBe('SCHEDULED');
    await advance(change.id);
    expect((await current(change.id)).status).toBe('SCHEDULED');
    offset = 3_700_000;
    await advance(change.id);
    expect((await current(change.id)).status).toBe('EXECUTING');
  });

  test('a schedule of someone who lost the right does not start', async () => {
    const change = await submitted();
    await approve('approver', change);
    const startAt = new Date(Date.now() + 3600_000).toISOString();
    await step('operator', change.id, 'schedule', { startAt });
    const database = (apps[0] as Json).app.get(DataSource, { strict: false });
    const bind = (role: string) =>
      database.query(`UPDATE api_tokens SET bindings = $1 WHERE seed_role = 'operator'`, [
        JSON.stringify([{ role, clusters: ['*'] }]),
      ]);
    offset = 3_700_000;
    await bind('viewer');
    await advance(change.id);
    expect((await current(change.id)).status).toBe('SCHEDULED');
    await bind('operator');
    await advance(change.id);
    expect((await current(change.id)).status).toBe('EXECUTING');
  });

  test('a freeze refuses a start without the right and a reason, and pauses what runs', async () => {
    const [running, waiting] = [await submitted(), await submitted()];
    await approve('approver', running);
    await approve('approver', waiting);
    await step('operator', running.id, 'start');
    const { headers } = await as('admin').rest('GET', '/api/v1/freeze-windows');
    const put = (windows: Json[], ifMatch: string) =>
      as('admin').rest('PUT', '/api/v1/freeze-windows', { body: { windows }, headers: { 'if-match': ifMatch } });
    const schedule = { type: 'RANGE', from: '2020-01-01T00:00:00Z', to: '2099-01-01T00:00:00Z' };
    const window = { id: 'w', name: 'Peak', clusters: ['*'], reason: 'sales', schedule };
    const bad = await put([{ ...window, schedule: { ...schedule, to: 'x' } }], headers.get('etag') as string);
    expect([bad.status, bad.body.errors[0].pointer]).toEqual([400, '/windows/0/schedule/to']);
    expect((await put([window], headers.get('etag') as string)).status).toBe(200);
    const refused = await step('operator', waiting.id, 'start');
    expect([refused.status, refused.body.code]).toEqual([409, 'FREEZE_WINDOW']);
    const pushed = await step('operator', waiting.id, 'start', { freezeOverrideReason: 'it really has to be' });
    expect(pushed.status).toBe(403);
    await advance(running.id);
    expect((await current(running.id)).status).toBe('PAUSED');
    const overridden = await step('admin', waiting.id, 'start', { freezeOverrideReason: 'it really has to be' });
    expect(overridden.body.status).toBe('EXECUTING');
    expect((await put([], '*')).status).toBe(200);
  });

  test('break-glass needs its right, leaves a debt, and the debt blocks the next one', async () => {
    const [first, second] = [await submitted(), await submitted()];
    const glass = ({ id, contentHash }: Json, role: keyof SeedTokens) =>
      step(role, id, 'break-glass', { reason: 'the disks are full now', contentHash });
    expect((await glass(first, 'operator')).status).toBe(403);
    const { id, contentHash } = first;
    const keyed = () =>
      as('admin').rest('POST', `${CHANGES}/${id}/break-glass`, {
        body: { reason: 'the disks are full now', contentHash },
        headers: { 'idempotency-key': `glass-${id}` },
      });
    const { status, body } = await keyed();
    expect([(await keyed()).status, (await keyed()).body.breakGlass.at]).toEqual([200, body.breakGlass.at]);
    expect([status, body.status, body.breakGlass.skipped[0].groups]).toEqual([200, 'EXECUTING', ['approvers']]);
    offset = 4 * DAY_MS;
    const blocked = await glass(second, 'admin');
    expect([blocked.status, blocked.body.cause]).toEqual([409, 'REVIEW_OVERDUE']);
    const review = { verdict: 'ACCEPTED', comment: 'it was needed' };
    expect((await step('admin', first.id, 'break-glass-review', review)).status).toBe(403);
    expect((await step('approver', first.id, 'break-glass-review', review)).status).toBe(200);
    expect((await glass(second, 'admin')).body.status).toBe('EXECUTING');
  });

  test('a reviewer who lost the group no longer counts at the start', async () => {
    const change = await submitted();
    await approve('approver', change);
    const database = (apps[0] as Json).app.get(DataSource, { strict: false });
    const regroup = (groups: string[]) =>
      database.query(`UPDATE api_tokens SET groups = $1 WHERE seed_role = 'approver'`, [groups]);
    await regroup([]);
    const { status, body } = await step('operator', change.id, 'start');
    expect([status, body.code]).toEqual([409, 'APPROVAL_REQUIRED']);
    expect((await current(change.id)).status).toBe('PENDING');
    await regroup(['approvers']);
  });

  test('a new policy asks everybody again; the dry run says whom', async () => {
    const change = await submitted();
    await approve('approver', change);
    const nodes = [{ cluster: clusterName, node: 'worker-1' }];
    const rules = [{ id: 'admins-only', groups: ['admins'], count: 1 }];
    const times = { approvalTtlSeconds: 3600, executionTtlSeconds: 3600, breakGlassReviewSeconds: 3600 };
    const preview = await as('admin').rest('POST', '/api/v1/approval-policies/preview', {
      body: { risk: 'low', nodes, policy: { rules, ...times } },
    });
    expect(preview.body.rules.map(({ ruleId }: Json) => ruleId)).toEqual(['admins-only']);
    const put = (ifMatch: string) =>
      as('admin').rest('PUT', '/api/v1/approval-policies', {
        body: { rules, ...times },
        headers: { 'if-match': ifMatch },
      });
    expect((await put(policyEtag)).body.version).toBe(2);
    expect((await put(policyEtag)).status).toBe(412);
    await advance(change.id);
    const asked = await current(change.id);
    expect([asked.status, asked.policyVersion, asked.quorum.missing[0].groups]).toEqual(['PENDING', 2, ['admins']]);
    expect((await as('admin').rest('GET', '/api/v1/approval-policies?version=1')).body.version).toBe(1);
  });
});

describe('GraphQL', () => {
  test('does the same, and streams the history', async () => {
    const input = draft({ nodes: ['worker-4'] });
    const made = await as('operator').graphql(
      `mutation ($input: CreateKubeletConfigChangeInput!) {
         createKubeletConfigChange(input: $input) { kubeletConfigChange { id status } userErrors { code } } }`,
      { input },
    );
    const { id } = made.data?.createKubeletConfigChange.kubeletConfigChange ?? {};
    const sent = await as('operator').graphql(
      `mutation ($input: KubeletConfigChangeStepInput!) {
         submitKubeletConfigChange(input: $input) { kubeletConfigChange { status contentHash } userErrors { code message } } }`,
      { input: { id } },
    );
    expect(sent.data?.submitKubeletConfigChange).toMatchObject({
      kubeletConfigChange: { status: 'PENDING' },
      userErrors: [],
    });
    const review = (role: keyof SeedTokens) =>
      as(role).graphql(
        `mutation ($input: ReviewKubeletConfigChangeInput!) {
           reviewKubeletConfigChange(input: $input) { kubeletConfigChange { status } userErrors { code } } }`,
        {
          input: {
            id,
            decision: 'REJECT',
            contentHash: sent.data?.submitKubeletConfigChange.kubeletConfigChange.contentHash,
          },
        },
      );
    expect((await review('viewer')).data?.reviewKubeletConfigChange.userErrors).toEqual([{ code: 'FORBIDDEN' }]);
    const inbox = await as('admin').graphql('{ reviewsRequested { nodes { id } } }');
    expect(inbox.data?.reviewsRequested.nodes.length).toBeGreaterThan(0);
    await step('operator', id, 'withdraw', { reason: 'not needed' });
    const types: string[] = [];
    const query = 'subscription ($id: ID!) { kubeletConfigChangeEvents(id: $id) { seq type } }';
    for await (const { data } of as('viewer').subscribe<Json>(query, { id })) {
      types.push(data.kubeletConfigChangeEvents.type);
    }
    expect(types.filter((type) => type !== 'EFFECT')).toEqual(['CREATED', 'SUBMITTED', 'WITHDRAWN']);
  });

  test('moves a running change by both APIs; SSE resumes after an event', async () => {
    const change = await submitted({ nodes: ['worker-6'] });
    const { id } = change;
    const required = (await current(id)).quorum.missing[0].groups[0] === 'admins' ? 'admin' : 'approver';
    await approve(required, change);
    const mutate = async (name: string, input: string, values: Json = {}) => {
      const { data, errors } = await as('operator').graphql(
        `mutation ($input: ${input}!) { ${name}(input: $input) { kubeletConfigChange { status } userErrors { code } } }`,
        { input: { id, ...values } },
      );
      expect(errors).toEqual([]);
      return data?.[name].kubeletConfigChange?.status ?? data?.[name].userErrors[0].code;
    };
    expect(await mutate('startKubeletConfigChange', 'StartKubeletConfigChangeInput')).toBe('EXECUTING');
    expect((await step('operator', id, 'pause', { reason: 'have a look' })).body.status).toBe('PAUSED');
    expect(await mutate('resumeKubeletConfigChange', 'StartKubeletConfigChangeInput')).toBe('EXECUTING');
    expect(await mutate('withdrawKubeletConfigChange', 'KubeletConfigChangeStepInput')).toBe('CHANGE_STATE_CONFLICT');
    const finish = { outcome: 'SUCCEEDED' };
    expect(await mutate('finishKubeletConfigChange', 'FinishKubeletConfigChangeInput', finish)).toBe('SUCCEEDED');
    expect((await step('viewer', id, 'rollback')).status).toBe(403);
    expect((await step('operator', id, 'rollback')).body.status).toBe('ROLLED_BACK');
    const plan = await as('viewer').graphql(`query ($id: ID!) { kubeletConfigChangePlan(id: $id) { groups } }`, { id });
    expect(plan.data?.kubeletConfigChangePlan.groups[0].nodes).toEqual(['worker-6']);
    const all = await historyOf(id);
    const seen: number[] = [];
    for await (const event of as('viewer').sse(`${CHANGES}/${id}/events`, { lastEventId: '3' }))
      seen.push(Number(event.id));
    expect(seen).toEqual(all.map(({ seq }) => seq).filter((seq) => seq > 3));
    const audit = await as('auditor').rest('GET', `/api/v1/audit-events?correlationId=${id}&kind=INTENT`);
    expect(audit.body.items.map(({ after }: Json) => after.event).reverse()).toEqual([
      'CREATED',
      'SUBMITTED',
      'REVIEWED',
      'STARTED',
      'PAUSED',
      'RESUMED',
      'FINISHED',
      'ROLLED_BACK',
    ]);
    const open = await as('auditor').rest('GET', `/api/v1/audit-events?correlationId=${id}&dangling=true`);
    expect(open.body.items).toEqual([]);
  });
});
