import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { SimulatedCluster } from '../../../packages/simulated-cluster/src/start-simulated-cluster.js';
import type { SeedTokens } from '../../../src/features/access/index.js';
import { type ApiApp, startApiApp } from '../../support/api-app.js';
import { graphqlCaller, type Json } from '../../support/graphql-caller.js';
import { startTestCluster } from '../../support/simulated-cluster.js';

let cluster: SimulatedCluster;
let api: ApiApp;

beforeAll(async () => {
  cluster = await startTestCluster();
  api = await startApiApp(cluster.kubeconfigPath);
});
afterAll(async () => {
  await api?.close();
  await cluster?.close();
});

const as = (role: keyof SeedTokens) => graphqlCaller(api.client.as(api.tokens[role]));
const CHANGE = 'kubeletConfigChange { id version status contentHash reason patch }';
const HOUR_MS = 3600_000;

async function drafted(more: Json = {}): Promise<Json> {
  const patch = { containerLogMaxSize: '50Mi' };
  const input = { cluster: 'demo', nodes: ['worker-1'], patch, reason: 'fewer rotations', ...more };
  return (await as('operator').mutate('createKubeletConfigChange', 'CreateKubeletConfigChangeInput!', input, CHANGE))
    .kubeletConfigChange;
}

const step = async (role: keyof SeedTokens, name: string, input: Json, type = 'KubeletConfigChangeStepInput!') =>
  (await as(role).mutate(name, type, input, CHANGE)).kubeletConfigChange;

async function submitted(): Promise<Json> {
  const { id } = await drafted();
  return step('operator', 'submitKubeletConfigChange', { id });
}

async function approved(): Promise<Json> {
  let change = await submitted();
  for (const role of ['approver', 'admin'] as const) {
    if (change.status !== 'PENDING') break;
    const input = { id: change.id, decision: 'APPROVE', contentHash: change.contentHash };
    change = await step(role, 'reviewKubeletConfigChange', input, 'ReviewKubeletConfigChangeInput!');
  }
  expect(change.status).toBe('APPROVED');
  return change;
}

describe('a kubelet config change through GraphQL alone', () => {
  it('is drafted, edited by version, explained, submitted, found by who may review it, and withdrawn', async () => {
    const draft = await drafted({ clientMutationId: 'once' });
    expect((await drafted({ clientMutationId: 'once' })).id).toBe(draft.id);
    expect(draft).toMatchObject({ status: 'DRAFT', patch: { containerLogMaxSize: '50Mi' } });
    const edit = { id: draft.id, version: draft.version, reason: 'other words' };
    const edited = await step('operator', 'editKubeletConfigChange', edit, 'EditKubeletConfigChangeInput!');
    expect(edited).toMatchObject({ reason: 'other words', version: draft.version + 1 });
    const stale = await as('operator').refused('editKubeletConfigChange', 'EditKubeletConfigChangeInput!', edit);
    expect(stale.code).toBe('PRECONDITION_FAILED');
    const { kubeletConfigChangeDiff: diff } = await as('viewer').query(
      `{ kubeletConfigChangeDiff(id: "${draft.id}") { risk } }`,
    );
    expect(diff.risk).toEqual(expect.any(String));
    const pending = await step('operator', 'submitKubeletConfigChange', { id: draft.id });
    expect(pending.status).toBe('PENDING');
    const inbox = await as('approver').query('{ reviewsRequested { nodes { id } } }');
    expect(inbox.reviewsRequested.nodes).toContainEqual({ id: draft.id });
    const list = await as('viewer').query(
      '{ kubeletConfigChanges(cluster: "demo", status: [PENDING]) { nodes { id } } }',
    );
    expect(list.kubeletConfigChanges.nodes).toContainEqual({ id: draft.id });
    const gone = await step('operator', 'withdrawKubeletConfigChange', { id: draft.id, reason: 'not now' });
    expect(gone.status).toBe('WITHDRAWN');
    const { kubeletConfigChangeHistory: history } = await as('viewer').query(
      `{ kubeletConfigChangeHistory(id: "${draft.id}") { type } }`,
    );
    const events = `subscription { kubeletConfigChangeEvents(id: "${draft.id}") { type } }`;
    const told: string[] = [];
    for await (const { data } of api.client.as(api.tokens.viewer).subscribe<Json>(events)) {
      told.push(data.kubeletConfigChangeEvents.type);
      if (told.length === history.length) break;
    }
    expect(told).toEqual(history.map(({ type }: Json) => type));
    const types = history.map(({ type }: Json) => type).filter((type: string) => type !== 'EFFECT');
    expect(types).toEqual(['CREATED', 'EDITED', 'SUBMITTED', 'WITHDRAWN']);
  });

  it('is scheduled and cancelled; a time that is past is refused', async () => {
    const { id } = await approved();
    const type = 'ScheduleKubeletConfigChangeInput!';
    const past = { id, startAt: new Date(Date.now() - HOUR_MS).toISOString() };
    expect((await as('operator').refused('scheduleKubeletConfigChange', type, past)).code).toBe('VALIDATION_FAILED');
    const soon = { id, startAt: new Date(Date.now() + HOUR_MS / 2).toISOString() };
    expect((await step('operator', 'scheduleKubeletConfigChange', soon, type)).status).toBe('SCHEDULED');
    expect((await step('operator', 'cancelKubeletConfigChange', { id, reason: 'not today' })).status).toBe('CANCELLED');
  });

  it('is started, paused, resumed, finished and marked as rolled back', async () => {
    const { id } = await approved();
    const started = await step('operator', 'startKubeletConfigChange', { id }, 'StartKubeletConfigChangeInput!');
    expect(started.status).toBe('EXECUTING');
    expect((await step('operator', 'pauseKubeletConfigChange', { id, reason: 'look' })).status).toBe('PAUSED');
    const resumed = await step('operator', 'resumeKubeletConfigChange', { id }, 'StartKubeletConfigChangeInput!');
    expect(resumed.status).toBe('EXECUTING');
    const { kubeletConfigChangePlan: plan } = await as('operator').query(
      `{ kubeletConfigChangePlan(id: "${id}") { __typename } }`,
    );
    expect(plan).toBeTruthy();
    const outcome = { id, outcome: 'SUCCEEDED' };
    const ended = await step('operator', 'finishKubeletConfigChange', outcome, 'FinishKubeletConfigChangeInput!');
    expect(ended.status).toBe('SUCCEEDED');
    const back = await step('operator', 'rollbackKubeletConfigChange', { id, reason: 'slower' });
    expect(back.status).toBe('ROLLED_BACK');
  });

  it('is started by break-glass, which needs a right and is reviewed later', async () => {
    const { id, contentHash } = await submitted();
    const input = { id, contentHash, reason: 'disks run full tonight' };
    const type = 'BreakGlassKubeletConfigChangeInput!';
    expect((await as('operator').refused('breakGlassKubeletConfigChange', type, input)).code).toBe('FORBIDDEN');
    expect((await step('admin', 'breakGlassKubeletConfigChange', input, type)).status).toBe('EXECUTING');
    const review = { id, verdict: 'ACCEPTED', comment: 'it was so' };
    await step('approver', 'reviewKubeletConfigChangeBreakGlass', review, 'ReviewBreakGlassInput!');
    const { kubeletConfigChange } = await as('viewer').query(`{ kubeletConfigChange(id: "${id}") { status } }`);
    expect(kubeletConfigChange.status).toBe('EXECUTING');
  });
});

describe('governance through GraphQL alone', () => {
  it('tries a policy out, replaces it by version, and refuses an old version and who has no right', async () => {
    const read = async () =>
      (
        await as('admin').query(
          '{ approvalPolicy { version rules approvalTtlSeconds executionTtlSeconds breakGlassReviewSeconds } }',
        )
      ).approvalPolicy;
    const { version, rules, ...times } = await read();
    const rule = { id: 'two-eyes', groups: ['approvers'], count: 1, when: { kinds: ['DRAIN'] } };
    const policy = { ...times, rules: [rule] };
    const { approvalPreview } = await as('admin').query(
      'query ($input: ApprovalPreviewInput!) { approvalPreview(input: $input) { __typename } }',
      { input: { kind: 'DRAIN', risk: 'low', policy, nodes: [{ cluster: 'demo', node: 'worker-1' }] } },
    );
    expect(approvalPreview).toBeTruthy();
    const type = 'ReplaceApprovalPolicyInput!';
    const input = { ...policy, version };
    expect((await as('operator').refused('replaceApprovalPolicy', type, input)).code).toBe('FORBIDDEN');
    const done = await as('admin').mutate('replaceApprovalPolicy', type, input, 'approvalPolicy { version rules }');
    expect(done.approvalPolicy).toMatchObject({ version: version + 1, rules: [{ id: 'two-eyes' }] });
    expect((await as('admin').refused('replaceApprovalPolicy', type, input)).code).toBe('PRECONDITION_FAILED');
    await as('admin').mutate('replaceApprovalPolicy', type, { ...times, rules, version: version + 1 }, '__typename');
    expect((await read()).rules).toEqual(rules);
  });

  it('replaces freeze windows by version, and names what is wrong in one', async () => {
    const read = async () => (await as('admin').query('{ freezeWindows { version } }')).freezeWindows;
    const { version } = await read();
    const window = (schedule: Json) => ({ id: 'peak', name: 'peak', clusters: ['*'], reason: 'peak', schedule });
    const type = 'ReplaceFreezeWindowsInput!';
    const wrong = {
      version,
      windows: [window({ type: 'CRON', cron: 'at noon', timeZone: 'UTC', durationSeconds: 60 })],
    };
    expect((await as('admin').refused('replaceFreezeWindows', type, wrong)).code).toBe('VALIDATION_FAILED');
    const right = {
      version,
      windows: [window({ type: 'CRON', cron: '0 12 * * *', timeZone: 'UTC', durationSeconds: 60 })],
    };
    expect((await as('operator').refused('replaceFreezeWindows', type, right)).code).toBe('FORBIDDEN');
    await as('admin').mutate('replaceFreezeWindows', type, right, '__typename');
    expect((await as('admin').refused('replaceFreezeWindows', type, right)).code).toBe('PRECONDITION_FAILED');
    await as('admin').mutate('replaceFreezeWindows', type, { version: version + 1, windows: [] }, '__typename');
    expect((await read()).version).toBe(version + 2);
  });

  it('names a delegate until it is ended', async () => {
    const input = { delegate: 'token:someone', reason: 'away', until: new Date(Date.now() + HOUR_MS).toISOString() };
    const made = await as('approver').mutate(
      'createDelegation',
      'CreateDelegationInput!',
      input,
      'delegation { id delegate }',
    );
    expect(made.delegation.delegate).toBe('token:someone');
    const { id } = made.delegation;
    const delegations = async () => (await as('approver').query('{ delegations { id } }')).delegations;
    expect(await delegations()).toContainEqual({ id });
    await as('approver').mutate('endDelegation', 'EndDelegationInput!', { id }, 'delegation { id }');
    expect(await delegations()).not.toContainEqual({ id });
  });

  it('issues, rotates and revokes a token; the secret is shown when it is made', async () => {
    const input = { name: 'bot', bindings: [{ role: 'viewer', clusters: ['demo'] }] };
    const made = await as('admin').mutate('createApiToken', 'NewApiTokenInput!', input, 'apiToken { id token }');
    const { id, token } = made.apiToken;
    const works = async (secret: string) => (await api.client.as(secret).graphql('{ me { id } }')).status;
    expect(await works(token)).toBe(200);
    const turned = await as('admin').mutate(
      'rotateApiToken',
      'RotateApiTokenByIdInput!',
      { id, overlapSeconds: 0 },
      'apiToken { token }',
    );
    expect([await works(turned.apiToken.token), await works(token)]).toEqual([200, 401]);
    const listed = await as('admin').query('{ apiTokens { nodes { id name } } }');
    expect(listed.apiTokens.nodes).toContainEqual({ id, name: 'bot' });
    await as('admin').mutate('revokeApiToken', 'RevokeApiTokenInput!', { id }, 'revokedId');
    expect(await works(turned.apiToken.token)).toBe(401);
  });

  it('answers what a caller may do, and shows one audit event', async () => {
    const { accessCheck } = await as('viewer').query(
      'query ($input: AccessCheckInput!) { accessCheck(input: $input) { allowed } }',
      { input: { action: 'node.drain', resource: { type: 'Node', cluster: 'demo', name: 'worker-1' } } },
    );
    expect(accessCheck.allowed).toBe(false);
    const { auditEvents } = await as('admin').query('{ auditEvents(first: 1) { nodes { id action } } }');
    const [event] = auditEvents.nodes;
    const { auditEvent } = await as('admin').query(`{ auditEvent(id: "${event.id}") { id action } }`);
    expect(auditEvent).toEqual(event);
  });
});
