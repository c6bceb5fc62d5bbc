import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { SimulatedCluster } from '../../../packages/simulated-cluster/src/start-simulated-cluster.js';
import { GovernanceRepository } from '../../../src/features/approvals/index.js';
import { TypeormUnitOfWork } from '../../../src/platform/postgres/unit-of-work.js';
import { type ApiApp, startApiApp } from '../../support/api-app.js';
import { eventually } from '../../support/cluster-client.js';
import { readOperation, startDrain, untilFinished } from '../../support/drains.js';
import type { HttpClient } from '../../support/http-client.js';
import { startTestWorker, type TestWorker } from '../../support/operations-worker.js';
import { startTestCluster } from '../../support/simulated-cluster.js';

const RULE = { id: 'drains', groups: ['approvers'], count: 1, when: { kinds: ['DRAIN'] } };
const TTLS = { approvalTtlSeconds: 3600, executionTtlSeconds: 3600, breakGlassReviewSeconds: 3600 };
const ALWAYS = { type: 'RANGE', from: '2020-01-01T00:00:00Z', to: '2099-01-01T00:00:00Z' };
const FREEZE = { id: 'peak', name: 'peak season', clusters: ['*'], reason: 'peak', schedule: ALWAYS };

describe('10.20 what is decided while its rules are being replaced', () => {
  let cluster: SimulatedCluster;
  let worker: TestWorker;
  let api: ApiApp;
  let operator: HttpClient;
  let approver: HttpClient;

  beforeAll(async () => {
    cluster = await startTestCluster({ profile: 'default', timeScale: 10 });
    worker = await startTestWorker(cluster.kubeconfigPath);
    api = await startApiApp(cluster.kubeconfigPath, { DATABASE_URL: worker.databaseUrl });
    operator = api.client.as(api.tokens.operator);
    approver = api.client.as(api.tokens.approver);
  });
  afterEach(() => put('freeze-windows', { windows: [] }));
  afterAll(async () => {
    await api?.close();
    await worker?.close();
    await cluster?.close();
  });

  async function put(what: string, body: unknown): Promise<void> {
    const answer = await api.client.rest('PUT', `/api/v1/${what}`, { body, headers: { 'if-match': '*' } });
    expect(answer.status, JSON.stringify(answer.body)).toBe(200);
  }
  const demand = (...rules: unknown[]) => put('approval-policies', { rules, ...TTLS });
  const approve = (who: HttpClient, { id, contentHash }: { id: string; contentHash: string }) =>
    who.rest('POST', `/api/v1/approval-requests/${id}/reviews`, { body: { decision: 'APPROVE', contentHash } });

  /** Runs `replace` in a transaction that commits once `work` waits for it, or has not waited: then `hasPassed` says so. */
  async function whileReplaced(
    replace: (governance: GovernanceRepository) => Promise<unknown>,
    work: () => Promise<unknown>,
    hasPassed: () => Promise<boolean>,
  ): Promise<void> {
    const governance = worker.app.get(GovernanceRepository, { strict: false });
    const waits = `SELECT 1 FROM pg_locks WHERE locktype = 'advisory' AND NOT granted`;
    const unitOfWork = worker.app.get(TypeormUnitOfWork, { strict: false });
    let working: Promise<unknown> | undefined;
    await unitOfWork.run(async () => {
      await replace(governance);
      working = work();
      await eventually(async () => {
        // A transaction that says nothing for long is ended.
        await governance.policy();
        return (await worker.query(waits)).length > 0 || (await hasPassed());
      }, 'a wait for what is in force');
    });
    await working;
  }

  const addFreeze = async (governance: GovernanceRepository) => {
    const { version } = await governance.freezeWindows();
    const windows = [FREEZE] as never;
    await governance.addFreezeWindows({ version: version + 1, windows, createdBy: 'test', createdAt: new Date() });
  };
  const addRule = (rule: object) => async (governance: GovernanceRepository) => {
    const policy = (await governance.policy())?.policy as object & { version: number };
    const next = { ...policy, version: policy.version + 1, rules: [rule] } as never;
    await governance.addPolicy({ policy: next, createdBy: 'test', createdAt: new Date() });
  };
  const stateOf = async (id: string) => (await readOperation(operator, id)).state;

  it.each([
    ['a freeze that begins meanwhile holds an approved drain', 'worker-1', addFreeze, 'APPROVED'],
    ['a policy that asks for more people asks them', 'worker-2', addRule({ ...RULE, count: 2 }), 'PENDING'],
  ])('%s', async (_name, node, replace, status) => {
    await demand(RULE);
    const { id, approval } = await startDrain(operator, node);
    const begun = async () => (await stateOf(id)) !== 'AWAITING_APPROVAL';
    await whileReplaced(replace, () => approve(approver, approval), begun);
    const seen = await eventually(async () => {
      const operation = await readOperation(operator, id);
      const { status: now, held } = operation.approval;
      return (
        ((now === status && (status === 'PENDING' || held !== null)) || operation.state !== 'AWAITING_APPROVAL') &&
        operation
      );
    }, 'the request under what is in force');
    expect([seen.state, seen.approval.status]).toEqual(['AWAITING_APPROVAL', status]);
    await api.client.rest('POST', `/api/v1/operations/${id}/cancel`, { body: {} });
    await untilFinished(operator, id);
  });

  it('a drain that no rule asked for waits for the rule that comes meanwhile', async () => {
    await demand();
    let started: Promise<{ id: string; state: string }> | undefined;
    let isAnswered = false;
    const work = async () => {
      started = startDrain(operator, 'worker-3').finally(() => {
        isAnswered = true;
      });
      await started;
    };
    await whileReplaced(addRule(RULE), work, async () => isAnswered);
    expect((await started)?.state).toBe('AWAITING_APPROVAL');
  });
});
