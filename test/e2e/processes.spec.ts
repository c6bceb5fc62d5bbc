import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startDrain, untilFinished } from '../support/drains.js';
import type { HttpClient } from '../support/http-client.js';
import { Installation } from '../support/installation.js';

describe('two API and two worker processes on one database', () => {
  let installation: Installation;
  let first: HttpClient;
  let second: HttpClient;

  beforeAll(async () => {
    installation = await Installation.start();
    [first, second] = await Promise.all([installation.api(), installation.api()]);
    await Promise.all([installation.worker(), installation.worker()]);
  });
  afterAll(() => installation?.stop());

  it('stream on one API process what was started on the other', async () => {
    const { id } = await startDrain(first, 'worker-1');
    const types = new Set<string>();
    let last = '';
    for await (const event of second.sse(`/api/v1/operations/${id}/events`)) {
      types.add(event.event);
      last = event.data;
    }
    expect([...types].length).toBeGreaterThan(2);
    expect(last).toContain('SUCCEEDED');
    expect((await untilFinished(second, id)).state).toBe('SUCCEEDED');
  });

  it('start at most one operation on a node, whichever process is asked', async () => {
    const body = { reason: 'both at once', options: { ignoreDaemonSets: true, deleteEmptyDirData: true } };
    const ask = (api: HttpClient) => api.rest('POST', '/api/v1/clusters/demo/nodes/worker-2/drain', { body });
    const answers = await Promise.all([ask(first), ask(second), ask(first), ask(second)]);
    expect(answers.map(({ status }) => status).sort()).toEqual([202, 409, 409, 409]);
    const accepted = answers.find(({ status }) => status === 202)?.body;
    for (const refused of answers.filter(({ status }) => status === 409)) {
      expect(refused.body).toMatchObject({ code: 'OPERATION_IN_PROGRESS' });
      expect(JSON.stringify(refused.body)).toContain(accepted.id);
    }
    expect((await untilFinished(second, accepted.id)).state).toBe('SUCCEEDED');
  });

  it('share idempotency keys', async () => {
    const headers = { 'idempotency-key': 'the-same-key' };
    const ask = (api: HttpClient) =>
      api.rest('POST', '/api/v1/clusters/demo/nodes/worker-3/cordon?wait=20', { body: { reason: 'once' }, headers });
    const one = await ask(first);
    const two = await ask(second);
    expect(one.status).toBe(200);
    expect(two.body.id).toBe(one.body.id);
    expect(two.headers.get('idempotency-replayed')).toBe('true');
  });
});
