import { afterAll, beforeAll, expect, test } from 'vitest';
import type { EmbeddedRole } from '../../src/embedded/embedded-file.js';
import { Product } from '../support/product.js';

// The walk-through of docs/kubelet-config.md, with the tokens of embedded mode.
const CHANGES = '/api/v1/kubelet-config-changes';
let product: Product;

beforeAll(async () => {
  product = await Product.start();
});
afterAll(() => product?.stop());

const approve = (role: EmbeddedRole, id: string, contentHash: string) =>
  product.as(role).rest('POST', `${CHANGES}/${id}/reviews`, { body: { decision: 'APPROVE', contentHash } });

test('submit, approve twice, refuse a third, edit, approvals are void', async () => {
  const [cluster] = (await product.as('viewer').rest('GET', '/api/v1/clusters')).body.items;
  const made = await product.as('operator').rest('POST', CHANGES, {
    body: {
      cluster: cluster.name,
      nodes: ['worker-1', 'worker-2'],
      patch: 'maxPods: 90\n',
      reason: 'address ranges run out',
      ticket: 'OPS-7',
    },
  });
  expect([made.status, made.body.status]).toEqual([201, 'DRAFT']);
  const { id } = made.body;

  const diff = await product.as('operator').rest('GET', `${CHANGES}/${id}/diff`);
  expect([diff.status, diff.body.risk, diff.body.errors]).toEqual([200, 'high', []]);
  expect(diff.body.unifiedDiff).toContain('+maxPods: 90');

  const sent = await product.as('operator').rest('POST', `${CHANGES}/${id}/submit`);
  expect([sent.status, sent.body.status]).toEqual([200, 'PENDING']);
  const { contentHash } = sent.body;

  const inbox = await product.as('approver').rest('GET', '/api/v1/reviews-requested');
  expect(inbox.body.items.map((change: { id: string }) => change.id)).toEqual([id]);
  expect((await approve('approver', id, contentHash)).body.status).toBe('PENDING');
  const second = await approve('admin', id, contentHash);
  expect(second.body.status).toBe('APPROVED');

  expect((await approve('viewer', id, contentHash)).status).toBe(403);
  expect((await approve('operator', id, contentHash)).status).toBe(403);

  const edited = await product.as('operator').rest('PATCH', `${CHANGES}/${id}`, {
    body: { patch: { maxPods: 95 } },
    headers: { 'if-match': second.headers.get('etag') as string },
  });
  expect([edited.status, edited.body.status]).toEqual([200, 'PENDING']);
  expect(edited.body.reviews.map(({ voidReason }: { voidReason: string }) => voidReason)).toEqual([
    'CONTENT_CHANGED',
    'CONTENT_CHANGED',
  ]);
  expect((await approve('approver', id, contentHash)).status).toBe(409);
});

test('the worker looks after changes by a schedule in the queue', async () => {
  const [cluster] = (await product.as('viewer').rest('GET', '/api/v1/clusters')).body.items;
  const operator = product.as('operator');
  const { body: made } = await operator.rest('POST', CHANGES, {
    body: {
      cluster: cluster.name,
      nodes: ['worker-3'],
      patch: { containerLogMaxFiles: 4 },
      reason: 'scheduled',
    },
  });
  const { body: sent } = await operator.rest('POST', `${CHANGES}/${made.id}/submit`);
  await approve('approver', made.id, sent.contentHash);
  const startAt = new Date(Date.now() + 3_000).toISOString();
  await operator.rest('POST', `${CHANGES}/${made.id}/schedule`, { body: { startAt } });
  const status = async () => (await operator.rest('GET', `${CHANGES}/${made.id}`)).body.status;
  await expect.poll(status, { timeout: 60_000, interval: 500 }).toBe('EXECUTING');
});
