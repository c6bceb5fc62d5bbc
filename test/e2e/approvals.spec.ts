import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ALL_OPTIONS, auditOf, dangling, readOperation, startDrain, untilFinished } from '../support/drains.js';
import type { HttpClient } from '../support/http-client.js';
import { Installation } from '../support/installation.js';
import type { BootedProcess } from '../support/processes.js';

const REQUESTS = '/api/v1/approval-requests';
const RULE = { id: 'drains', groups: ['nightshift'], count: 2, when: { kinds: ['DRAIN'] } };
const POLICY = { rules: [RULE], approvalTtlSeconds: 3600, executionTtlSeconds: 3600, breakGlassReviewSeconds: 3600 };

describe('approval of a drain over several processes', () => {
  let installation: Installation;
  let first: HttpClient;
  let second: HttpClient;
  let firstProcess: BootedProcess;
  let ann: string;
  let bob: string;

  beforeAll(async () => {
    installation = await Installation.start();
    first = await installation.api();
    firstProcess = installation.processes.at(-1) as BootedProcess;
    second = await installation.api();
    const bindings = [{ role: 'approver', clusters: ['*'] }];
    const person = (name: string) =>
      installation.token(first, bindings, { name, actorType: 'person', groups: ['nightshift'] });
    [ann, bob] = [await person('ann'), await person('bob')];
    const headers = { 'if-match': '*' };
    expect((await first.rest('PUT', '/api/v1/approval-policies', { body: POLICY, headers })).status).toBe(200);
  });
  afterAll(() => installation?.stop());

  const approve = (api: HttpClient, token: string, { id, contentHash }: { id: string; contentHash: string }) =>
    api.rest('POST', `${REQUESTS}/${id}/reviews`, { token, body: { decision: 'APPROVE', contentHash } });

  it('starts once, though two processes take the last two reviews at once and one is killed after its answer', async () => {
    const waiting = await startDrain(first, 'worker-1', ALL_OPTIONS);
    expect(waiting.state).toBe('AWAITING_APPROVAL');
    const answers = await Promise.all([approve(first, ann, waiting.approval), approve(second, bob, waiting.approval)]);
    await firstProcess.kill();
    expect(answers.map(({ status }) => status)).toEqual([200, 200]);
    // Nobody was there to start it: the approval waits for a worker, in the database.
    expect(await readOperation(second, waiting.id)).toMatchObject({
      state: 'AWAITING_APPROVAL',
      approval: { status: 'APPROVED', missing: [] },
    });

    await installation.worker();
    const ended = await untilFinished(second, waiting.id);
    expect(ended.state, JSON.stringify(ended.error)).toBe('SUCCEEDED');
    const history = await second.rest('GET', `${REQUESTS}/${waiting.approval.id}/history`);
    const types = history.body.items.map(({ type }: { type: string }) => type);
    expect(types.slice(0, 4)).toEqual(['SUBMITTED', 'REVIEWED', 'REVIEWED', 'STARTED']);
    expect(dangling(await auditOf(second, waiting.id))).toEqual([]);
  });

  it('runs though the process that took the last review is killed right after its answer', async () => {
    const third = await installation.api();
    const thirdProcess = installation.processes.at(-1) as BootedProcess;
    const waiting = await startDrain(second, 'worker-2', ALL_OPTIONS);
    await approve(second, ann, waiting.approval);
    const last = await approve(third, bob, waiting.approval);
    await thirdProcess.kill();
    expect(last.body.status).toBe('APPROVED');
    const ended = await untilFinished(second, waiting.id);
    expect(ended.state, JSON.stringify(ended.error)).toBe('SUCCEEDED');
  });
});
