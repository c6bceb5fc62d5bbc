import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { SimulatedCluster } from '../../../packages/simulated-cluster/src/start-simulated-cluster.js';
import type { SeedTokens } from '../../../src/features/access/index.js';
import { type ApiApp, startApiApp } from '../../support/api-app.js';
import { graphqlCaller, type Json } from '../../support/graphql-caller.js';
import { startTestWorker, type TestWorker } from '../../support/operations-worker.js';
import { startTestCluster } from '../../support/simulated-cluster.js';
import { eventually } from '../../support/workloads.js';

const DRAINS_NEED_APPROVERS = { id: 'drains', groups: ['approvers'], count: 1, when: { kinds: ['DRAIN'] } };
const TTLS = { approvalTtlSeconds: 3600, executionTtlSeconds: 3600, breakGlassReviewSeconds: 3600 };
const RUN = 'maintenanceRun { id state nodes { name phase } }';
const REQUEST = 'approvalRequest { id status contentHash }';

let cluster: SimulatedCluster;
let worker: TestWorker;
let api: ApiApp;

beforeAll(async () => {
  cluster = await startTestCluster({ profile: 'default', timeScale: 10 });
  worker = await startTestWorker(cluster.kubeconfigPath);
  api = await startApiApp(cluster.kubeconfigPath, { DATABASE_URL: worker.databaseUrl });
});
afterAll(async () => {
  await api?.close();
  await worker?.close();
  await cluster?.close();
});

const as = (role: keyof SeedTokens) => graphqlCaller(api.client.as(api.tokens[role]));
const reason = 'kernel update';

async function demand(...rules: Json[]): Promise<void> {
  const { version } = (await as('admin').query('{ approvalPolicy { version } }')).approvalPolicy;
  await as('admin').mutate(
    'replaceApprovalPolicy',
    'ReplaceApprovalPolicyInput!',
    { version, rules, ...TTLS },
    '__typename',
  );
}

const operation = async (id: string): Promise<Json> =>
  (
    await as('viewer').query(
      'query ($id: ID!) { operation(id: $id) { id state node type approval { id status contentHash } } }',
      { id },
    )
  ).operation;

const inState = (id: string, state: string) =>
  eventually(async () => {
    const found = await operation(id);
    return found.state === state ? found : null;
  }, 40_000);

async function drain(node: string): Promise<Json> {
  const input = {
    cluster: 'demo',
    node,
    reason,
    options: { ignoreDaemonSets: true, force: true, deleteEmptyDirData: true },
  };
  const made = await as('operator').mutate('drainNode', 'DrainNodeInput!', input, 'operation { id }');
  return operation(made.operation.id);
}

describe('maintenance runs through GraphQL alone', () => {
  const run = async (name: string, type: string, input: Json): Promise<Json> =>
    (await as('operator').mutate(name, type, input, RUN)).maintenanceRun;
  const read = async (id: string): Promise<Json> =>
    (await as('viewer').query(`query ($id: ID!) { ${RUN.replace('{', '(id: $id) {')} }`, { id })).maintenanceRun;
  const reached = (id: string, holds: (run: Json) => boolean) =>
    eventually(async () => {
      const found = await read(id);
      return holds(found) ? found : null;
    }, 40_000);

  it('hold nodes until they are released, pause, resume, and undo what is theirs when cancelled', async () => {
    const input = { cluster: 'demo', action: 'DRAIN_AND_HOLD', nodes: ['worker-1', 'worker-2', 'worker-3'], reason };
    const options = {
      drainOptions: { ignoreDaemonSets: true, force: true, deleteEmptyDirData: true },
      healthGate: { enabled: false },
    };
    const wrong = { ...input, nodes: ['worker-1', 'nobody'] };
    expect((await as('operator').refused('startMaintenanceRun', 'StartMaintenanceRunInput!', wrong)).code).toBeTruthy();
    expect((await as('viewer').refused('startMaintenanceRun', 'StartMaintenanceRunInput!', input)).code).toBe(
      'FORBIDDEN',
    );
    const { id } = await run('startMaintenanceRun', 'StartMaintenanceRunInput!', { ...input, ...options });
    const held = await reached(id, ({ nodes }) => nodes.some(({ phase }: Json) => phase === 'HOLDING'));
    const { name } = held.nodes.find(({ phase }: Json) => phase === 'HOLDING');
    expect((await run('pauseMaintenanceRun', 'PauseMaintenanceRunInput!', { id, reason: 'look first' })).state).toBe(
      'PAUSED',
    );
    expect((await run('resumeMaintenanceRun', 'ResumeMaintenanceRunInput!', { id })).state).toBe('RUNNING');
    await run('releaseMaintenanceRunNode', 'ReleaseMaintenanceRunNodeInput!', { id, node: name });
    await reached(id, ({ nodes }) => nodes.find((each: Json) => each.name === name).phase === 'DONE');
    await run('cancelMaintenanceRun', 'CancelMaintenanceRunInput!', { id, undo: true, reason: 'enough for today' });
    await reached(id, ({ state }) => state === 'CANCELLED');
    await eventually(async () => {
      const query = '{ nodes(cluster: "demo", filter: { status: [SchedulingDisabled] }) { nodes { name } } }';
      const { nodes } = await as('viewer').query(query);
      return !nodes.nodes.some((each: Json) => input.nodes.includes(each.name));
    });
    const { maintenanceRuns } = await as('viewer').query(
      '{ maintenanceRuns(cluster: "demo", state: [CANCELLED]) { nodes { id } } }',
    );
    expect(maintenanceRuns.nodes).toContainEqual({ id });
    const types: string[] = [];
    const events = `subscription { maintenanceRunEvents(id: "${id}", after: 0) { id: seq type } }`;
    for await (const { data } of api.client.as(api.tokens.viewer).subscribe<Json>(events)) {
      types.push(data.maintenanceRunEvents.type);
    }
    expect(types.length).toBeGreaterThan(5);
  });
});

describe('drains that need approval, through GraphQL alone', () => {
  it('are reviewed from the inbox, rejected or withdrawn, and cancelled', async () => {
    await demand(DRAINS_NEED_APPROVERS);
    const first = await drain('worker-1');
    expect(first).toMatchObject({ state: 'AWAITING_APPROVAL', approval: { status: 'PENDING' } });
    const { approvalRequests } = await as('approver').query(
      '{ approvalRequests(mine: true) { nodes { id subjectId } } }',
    );
    expect(approvalRequests.nodes).toEqual([{ id: first.approval.id, subjectId: first.id }]);
    const review = ({ approval: { id, contentHash } }: Json, decision: string) =>
      as('approver').mutate(
        'reviewApprovalRequest',
        'ReviewApprovalRequestInput!',
        { id, contentHash, decision },
        REQUEST,
      );
    expect((await review(first, 'APPROVE')).approvalRequest.status).toBe('APPROVED');
    await inState(first.id, 'SUCCEEDED');

    const second = await drain('worker-2');
    expect((await review(second, 'REJECT')).approvalRequest.status).toBe('REJECTED');
    await inState(second.id, 'CANCELLED');

    const third = await drain('worker-2');
    const withdrawal = { id: third.approval.id, reason: 'not today' };
    const gone = await as('operator').mutate(
      'withdrawApprovalRequest',
      'WithdrawApprovalRequestInput!',
      withdrawal,
      REQUEST,
    );
    expect(gone.approvalRequest.status).toBe('WITHDRAWN');
    await inState(third.id, 'CANCELLED');

    const fourth = await drain('worker-2');
    const cancelled = { id: fourth.id, reason: 'not today' };
    await as('operator').mutate('cancelOperation', 'CancelOperationInput!', cancelled, 'operation { id }');
    expect(await inState(fourth.id, 'CANCELLED')).toMatchObject({ approval: { status: 'WITHDRAWN' } });
  });

  it('are started by break-glass, whose review the one who did it may not write', async () => {
    const waiting = await drain('worker-3');
    const { id, contentHash } = waiting.approval;
    const input = { id, contentHash, reason: 'disk is failing, nobody answers' };
    await as('admin').mutate('breakGlassApprovalRequest', 'BreakGlassApprovalRequestInput!', input, REQUEST);
    await inState(waiting.id, 'SUCCEEDED');
    const verdict = { id, verdict: 'ACCEPTED', comment: 'it was needed' };
    const type = 'ReviewApprovalBreakGlassInput!';
    expect((await as('admin').refused('reviewApprovalBreakGlass', type, verdict)).code).toBe('REVIEW_NOT_ALLOWED');
    await as('approver').mutate('reviewApprovalBreakGlass', type, verdict, REQUEST);
    await demand();
  });
});
