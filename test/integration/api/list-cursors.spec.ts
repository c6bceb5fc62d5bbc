import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { SimulatedCluster } from '../../../packages/simulated-cluster/src/start-simulated-cluster.js';
import { type ApiApp, startApiApp } from '../../support/api-app.js';
import { projectRoot } from '../../support/project-root.js';
import { startTestCluster } from '../../support/simulated-cluster.js';

const NODE = 'worker-1';
const REASON = 'a test of cursors';
/** An inbox of requests is a part of the same list of requests, so their cursors are the same. */
const SAME = [/^\/(approval-requests|kubelet-config-changes|reviews-requested)$/];

/** Every list of the published contract that is read in pages. */
function lists(): string[] {
  const document = JSON.parse(readFileSync(`${projectRoot}/docs/api/openapi.json`, 'utf8'));
  return Object.entries<{ get?: { parameters?: { name: string }[] } }>(document.paths)
    .filter(([, { get }]) => ['first', 'after'].every((name) => get?.parameters?.some((given) => given.name === name)))
    .map(([path]) =>
      path
        .replace(/^\/api\/v1/, '')
        .replace('{cluster}', 'demo')
        .replace('{node}', NODE),
    );
}

const encoded = (content: unknown) => Buffer.from(JSON.stringify(content)).toString('base64url');
const contentOf = (cursor: string): unknown[] => JSON.parse(Buffer.from(cursor, 'base64url').toString('utf8'));

const HOSTILE = [
  null,
  7,
  1e308,
  true,
  {},
  [],
  '',
  'x',
  '\0',
  '\ud800',
  '0000-01-01T00:00:00.000Z',
  '-271821-04-20T00:00:00.000Z',
  'infinity',
  '2026-02-31T00:00:00.000Z',
  '0197f2a4-6f3c-7d2e-9b1a-5c8e4f0a7d3',
];

/** A name may be any sound text, a figure any number: what a reader makes of those only moves the place in the list. */
const couldBe = (part: unknown, value: unknown): boolean =>
  typeof part === typeof value &&
  !(typeof part === 'string' && /^\d{4}-\d{2}-\d{2}T|^[0-9a-f]{8}-/.test(part)) &&
  !(typeof value === 'string' && /[\0\ud800]/.test(value));

/** What somebody could make of a cursor: each part replaced, left out or doubled, the parts in another order. */
function forged(cursor: string): string[] {
  const content = contentOf(cursor);
  const changed = content.flatMap((part, at) =>
    HOSTILE.filter((value) => at === 0 || !couldBe(part, value)).map((value) => encoded(content.with(at, value))),
  );
  const shapes = [[], content.slice(1), content.slice(0, -1), [...content, 'x'], content.toReversed(), { ...content }];
  return [...changed, ...shapes.map(encoded), 'x', '%00', 'WyJ4Il0', `${cursor.slice(0, -4)}`];
}

describe('10.24 a list refuses cursors that it did not give', () => {
  let cluster: SimulatedCluster;
  let api: ApiApp;
  const cursors = new Map<string, string>();

  const must = async (method: string, path: string, body?: unknown) => {
    const answer = await api.client.rest(method, `/api/v1${path}`, { body });
    if (answer.status >= 300) throw new Error(`${method} ${path}: ${answer.status} ${JSON.stringify(answer.body)}`);
    return answer.body;
  };
  const goOn = async (path: string, cursor: string) =>
    api.client.rest('GET', `/api/v1${path}?after=${encodeURIComponent(cursor)}`);

  beforeAll(async () => {
    cluster = await startTestCluster();
    api = await startApiApp(cluster.kubeconfigPath);
    await must('POST', '/api-tokens', { name: 'one', bindings: [{ role: 'viewer', clusters: ['demo'] }] });
    await must('POST', `/clusters/demo/nodes/${NODE}/cordon`, { reason: REASON });
    await must('POST', '/clusters/demo/maintenance-runs', { nodes: ['worker-2'], action: 'CORDON', reason: REASON });
    const patch = { maxPods: 90 };
    const change = await must('POST', '/kubelet-config-changes', {
      cluster: 'demo',
      nodes: [NODE],
      patch,
      reason: REASON,
    });
    await must('POST', `/kubelet-config-changes/${change.id}/submit`, {});
    for (const path of lists()) {
      const { pageInfo } = await must('GET', `${path}?first=1`);
      if (pageInfo.endCursor !== null) cursors.set(path, pageInfo.endCursor);
    }
  });
  afterAll(async () => {
    await api?.close();
    await cluster?.close();
  });

  it('of any other list', async () => {
    expect([...cursors.keys()].length).toBeGreaterThan(7);
    for (const path of lists()) {
      for (const [other, cursor] of cursors) {
        const isSame = path === other || SAME.some((both) => both.test(path) && both.test(other));
        const { status, body } = await goOn(path, cursor);
        if (isSame) expect({ path, other, status }).toEqual({ path, other, status: 200 });
        else
          expect({ path, other, status, ...body }).toMatchObject({
            path,
            other,
            status: 400,
            code: 'VALIDATION_FAILED',
          });
      }
    }
  });

  it('that somebody made of its own', async () => {
    for (const [path, cursor] of cursors) {
      const taken: unknown[] = [];
      for (const made of forged(cursor)) {
        const { status } = await goOn(path, made);
        if (status !== 400) taken.push([status, Buffer.from(made, 'base64url').toString('utf8')]);
      }
      expect({ path, taken }).toEqual({ path, taken: [] });
    }
  });

  it('of the same nodes in another order', async () => {
    const { pageInfo } = await must('GET', '/clusters/demo/nodes?first=1&sort=zone');
    const sorted = (sort: string) =>
      api.client.rest('GET', `/api/v1/clusters/demo/nodes?sort=${sort}&after=${pageInfo.endCursor}`);
    expect((await sorted('zone')).status).toBe(200);
    expect((await sorted('-zone')).status).toBe(400);
    expect((await sorted('role')).status).toBe(400);
  });

  it('over GraphQL too', async () => {
    for (const list of [
      'operations',
      'maintenanceRuns',
      'kubeletConfigChanges',
      'approvalRequests',
      'nodes(cluster: "demo")',
    ]) {
      const given = `after: "${cursors.get(list === 'operations' ? '/maintenance-runs' : '/operations')}"`;
      const field = list.includes('(') ? list.replace(')', `, ${given})`) : `${list}(${given})`;
      const { errors } = await api.client.graphql(`{ ${field} { pageInfo { endCursor } } }`);
      expect({ list, errors }).toMatchObject({ list, errors: [{ extensions: { code: 'VALIDATION_FAILED' } }] });
    }
  });
});
