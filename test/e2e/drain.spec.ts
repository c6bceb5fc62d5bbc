import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { podDisruptionBudget, replicaSet } from '../../packages/simulated-cluster/src/profiles/manifests.js';
import { eventually } from '../support/cluster-client.js';
import { ALL_OPTIONS, auditOf, dangling, startDrain, untilFinished, untilState } from '../support/drains.js';
import type { HttpClient } from '../support/http-client.js';
import { Product } from '../support/product.js';

const DRAIN_MUTATION = `mutation Drain($input: DrainNodeInput!) {
  drainNode(input: $input) { operation { id state } userErrors { code message path } }
}`;
const OPERATION_QUERY = `query Operation($id: ID!) {
  operation(id: $id) { id type cluster node state reason ticket progress { total done percent } steps { name state }
    pods { namespace name state action } }
}`;

describe('a drain, from both APIs', () => {
  let product: Product;
  let operator: HttpClient;
  let auditor: HttpClient;

  beforeAll(async () => {
    product = await Product.start();
    operator = product.as('operator');
    auditor = product.as('auditor');
  });
  afterAll(() => product?.stop());

  it('ends SUCCEEDED with equal results through REST and GraphQL', async () => {
    // Two nodes with the same pods: one replica set of two, kept apart by anti-affinity of node selectors.
    for (const node of ['worker-1', 'worker-2']) {
      await product.cluster.create(
        replicaSet({
          name: `twin-${node}`,
          namespace: 'default',
          replicas: 2,
          spec: { nodeSelector: { 'kubernetes.io/hostname': node } },
        }),
      );
    }
    for (const node of ['worker-1', 'worker-2']) {
      await eventually(
        async () =>
          (await product.cluster.podsOn(node)).filter((pod) => pod.metadata.name.startsWith('twin-') && isReady(pod))
            .length === 2,
        `twins run on ${node}`,
      );
    }
    const onFirst = await product.cluster.podsOn('worker-1');
    const accepted = await startDrain(operator, 'worker-1');
    const rest = await untilFinished(operator, accepted.id);
    // After the first drain, since its pods may have moved there.
    const onSecond = await product.cluster.podsOn('worker-2');
    const input = {
      cluster: 'demo',
      node: 'worker-2',
      reason: 'end-to-end test',
      ticket: 'OPS-7',
      options: ALL_OPTIONS,
    };
    const started = await operator.graphql(DRAIN_MUTATION, { input });
    expect(started.errors).toEqual([]);
    expect(started.data.drainNode.userErrors).toEqual([]);
    const { id } = started.data.drainNode.operation;
    await untilFinished(operator, id);
    const graphql = (await operator.graphql(OPERATION_QUERY, { id })).data.operation;

    for (const [operation, pods, node] of [
      [rest, onFirst, 'worker-1'],
      [graphql, onSecond, 'worker-2'],
    ] as const) {
      expect(operation).toMatchObject({ type: 'DRAIN', cluster: 'demo', node, state: 'SUCCEEDED', ticket: 'OPS-7' });
      expect(operation.pods.map((pod: { name: string }) => pod.name).sort()).toEqual(
        pods.map((pod) => pod.metadata.name).sort(),
      );
      expect((await product.cluster.node(node)).spec.unschedulable).toBe(true);
      const left = await product.cluster.podsOn(node);
      expect(left.every((pod) => pod.metadata.ownerReferences?.[0]?.kind === 'DaemonSet')).toBe(true);
    }
    const shapeOf = (operation: { steps: { name: string; state: string }[]; progress: { percent: number } }) => ({
      steps: operation.steps.map(({ name, state }) => `${name} ${state}`),
      percent: operation.progress.percent,
    });
    expect(shapeOf(graphql)).toEqual(shapeOf(rest));
    const viaRest = (await operator.rest('GET', `/api/v1/operations/${id}`)).body;
    expect(viaRest.pods.map((pod: { name: string; state: string }) => [pod.name, pod.state])).toEqual(
      graphql.pods.map((pod: { name: string; state: string }) => [pod.name, pod.state]),
    );
  });

  it('gives each removed pod its reason and times, and runs its replacement elsewhere', async () => {
    const [operation] = (await operator.rest('GET', '/api/v1/operations?node=worker-1&first=1')).body.items;
    const full = (await operator.rest('GET', `/api/v1/operations/${operation.id}`)).body;
    const removed = full.pods.filter((pod: { action: string }) => pod.action === 'EVICT');
    expect(removed.length).toBeGreaterThan(3);
    for (const pod of removed) {
      expect(['GONE', 'REPLACED']).toContain(pod.state);
      expect(pod.requestedAt, pod.name).toMatch(/^\d{4}-/);
      expect(pod.finishedAt, pod.name).toMatch(/^\d{4}-/);
    }
    for (const kept of full.pods.filter((pod: { action: string }) => pod.action === 'IGNORE')) {
      expect(kept.notes[0].code).toBe('DAEMON_SET_POD');
    }
    await eventually(async () => {
      const pods = await product.cluster.podsIn('web');
      return pods.filter((pod) => pod.metadata.labels.app === 'frontend' && isReady(pod)).length === 10;
    }, 'all replacements of web/frontend run');
  });

  it('says in the audit who did what, why, by which policy, and how it ended', async () => {
    const [operation] = (await operator.rest('GET', '/api/v1/operations?node=worker-1&first=1')).body.items;
    const events = await auditOf(auditor, operation.id);
    const [intent] = events;
    expect(intent).toMatchObject({ kind: 'INTENT', action: 'node.drain', reason: 'end-to-end test', ticket: 'OPS-7' });
    expect(intent.policyIds.length).toBeGreaterThan(0);
    expect(intent.actor.displayName ?? intent.actor.id).toBeTruthy();
    expect(events.find((event) => event.intentId === intent.id)).toMatchObject({
      kind: 'OUTCOME',
      outcome: 'SUCCEEDED',
    });
    expect(events.filter((event) => event.kind === 'INTENT' && event.action === 'pod.evict').length).toBeGreaterThan(3);
    expect(dangling(events)).toEqual([]);
  });

  it('streams events over SSE that resume after any id, and the same over a subscription', async () => {
    const [{ id }] = (await operator.rest('GET', '/api/v1/operations?node=worker-1&first=1')).body.items;
    const all: { id?: string; event: string; data: string }[] = [];
    for await (const event of operator.sse(`/api/v1/operations/${id}/events`)) all.push(event);
    expect(all.length).toBeGreaterThan(10);
    expect(all.map((event) => Number(event.id))).toEqual(all.map((_event, index) => index + 1));
    const resumed: string[] = [];
    for await (const event of operator.sse(`/api/v1/operations/${id}/events`, { lastEventId: '7' })) {
      resumed.push(event.id as string);
    }
    expect(resumed).toEqual(all.slice(7).map((event) => event.id));
    const subscribed: unknown[] = [];
    const subscription =
      'subscription($id: ID!, $after: Int) { operationEvents(id: $id, after: $after) { id: seq type message } }';
    for await (const result of operator.subscribe<{ operationEvents: { id: number } }>(subscription, {
      id,
      after: 7,
    })) {
      subscribed.push(String(result.data?.operationEvents.id));
    }
    expect(subscribed).toEqual(resumed);
  });

  it('shows BLOCKED with the name of a budget that never opens; cancel takes back its own cordon only', async () => {
    const labels = { app: 'stuck' };
    await product.cluster.create(
      replicaSet({
        name: 'stuck',
        namespace: 'default',
        labels,
        spec: { nodeSelector: { 'kubernetes.io/hostname': 'worker-3' } },
      }),
    );
    await product.cluster.create(podDisruptionBudget('never', 'default', labels, { minAvailable: 1 }));
    await eventually(
      async () =>
        (await product.cluster.podsOn('worker-3')).some(
          (pod) => pod.metadata.name.startsWith('stuck-') && isReady(pod),
        ),
      'the pod that can not go runs',
    );
    const { id } = await startDrain(operator, 'worker-3');
    const blocked = await eventually(async () => {
      const operation = (await operator.rest('GET', `/api/v1/operations/${id}`)).body;
      return operation.pods.find((pod: { state: string }) => pod.state === 'BLOCKED');
    }, 'a pod is BLOCKED');
    expect(JSON.stringify(blocked)).toContain('never');
    const cancel = await operator.rest('POST', `/api/v1/operations/${id}/cancel`, { body: { reason: 'wrong node' } });
    expect(cancel.status).toBe(202);
    await untilState(operator, id, ['CANCELLED']);
    expect((await product.cluster.node('worker-3')).spec.unschedulable ?? false).toBe(false);

    await operator.rest('POST', '/api/v1/clusters/demo/nodes/worker-3/cordon?wait=10', {
      body: { reason: 'kept out of use' },
    });
    const second = await startDrain(operator, 'worker-3');
    await untilState(operator, second.id, ['RUNNING']);
    await operator.rest('POST', `/api/v1/operations/${second.id}/cancel`, { body: { reason: 'again' } });
    await untilState(operator, second.id, ['CANCELLED']);
    expect((await product.cluster.node('worker-3')).spec.unschedulable).toBe(true);
    expect(dangling(await auditOf(auditor, id))).toEqual([]);
  });

  it('gives TIMED_OUT at the wall-clock deadline', async () => {
    const { id, createdAt } = await startDrain(operator, 'worker-3', { ...ALL_OPTIONS, timeoutSeconds: 2 });
    const operation = await untilFinished(operator, id);
    expect(operation.state).toBe('TIMED_OUT');
    const took = Date.parse(operation.finishedAt) - Date.parse(createdAt);
    expect(took).toBeGreaterThanOrEqual(2_000);
    expect(dangling(await auditOf(auditor, id))).toEqual([]);
  });
});

// biome-ignore lint/suspicious/noExplicitAny: a pod as the API server gives it
function isReady(pod: any): boolean {
  return (
    pod.status.conditions?.some((c: { type: string; status: string }) => c.type === 'Ready' && c.status === 'True') ??
    false
  );
}
