import { describe, expect, it } from 'vitest';
import type { ApiError } from './api-error.js';
import type { StoreEvent } from './event-ring.js';
import type { KubeObject } from './kube-object.js';
import { ObjectStore } from './object-store.js';

const pod = (name: string, fields: object = {}) => ({
  metadata: { name, namespace: 'web', labels: { app: name } },
  spec: { nodeName: 'node-1', terminationGracePeriodSeconds: 30, containers: [{ name: 'c', image: 'i' }], ...fields },
  status: { phase: 'Running' },
});

function failure(action: () => unknown): ApiError {
  try {
    action();
  } catch (error) {
    return error as ApiError;
  }
  throw new Error('it went through');
}

describe('ObjectStore', () => {
  it('fills in metadata, and freezes what it stores', () => {
    const store = new ObjectStore({ startVersion: 100 });
    const created = store.create('Pod', {
      metadata: { generateName: 'a-', namespace: 'web' },
      spec: { containers: [{}] },
    });
    expect(created.metadata.name).toMatch(/^a-[a-z0-9]{5}$/);
    expect(created.metadata).toMatchObject({ namespace: 'web', resourceVersion: '101', generation: 1 });
    expect(created.metadata.uid).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
    expect(created.status.phase).toBe('Pending');
    expect(Object.isFrozen(created.spec.containers)).toBe(true);
  });

  it('gives the same identities for the same seed', () => {
    const names = (seed: number) => {
      const store = new ObjectStore({ seed });
      return [1, 2, 3].map(() => store.create('ConfigMap', { metadata: { generateName: 'x-' } }).metadata);
    };
    const identity = (list: readonly KubeObject['metadata'][]) => list.map(({ name, uid }) => `${name} ${uid}`);
    expect(identity(names(7))).toEqual(identity(names(7)));
    expect(identity(names(7))).not.toEqual(identity(names(8)));
  });

  it('counts one version over all kinds, and refuses a stale one', () => {
    const store = new ObjectStore();
    const first = store.create('Pod', pod('a'));
    const second = store.create('ConfigMap', { metadata: { name: 'c' } });
    expect(Number(second.metadata.resourceVersion)).toBe(Number(first.metadata.resourceVersion) + 1);
    store.update('Pod', { ...first, metadata: { ...first.metadata, labels: { app: 'b' } } });
    const stale = failure(() => store.update('Pod', { ...first, metadata: { ...first.metadata, labels: {} } }));
    expect(stale).toMatchObject({ code: 409, reason: 'Conflict' });
    expect(stale.message).toBe(
      'Operation cannot be fulfilled on pods "a": the object has been modified; please apply your changes to the latest version and try again',
    );
  });

  it('makes no event and no version for an update that changes nothing', () => {
    const store = new ObjectStore();
    const created = store.create('Pod', pod('a'));
    const events: StoreEvent[] = [];
    store.subscribe('Pod', (event) => events.push(event));
    expect(store.update('Pod', JSON.parse(JSON.stringify(created)))).toBe(created);
    expect(events).toEqual([]);
  });

  it('raises the generation for the spec, not for status or labels', () => {
    const store = new ObjectStore();
    const set = store.create('ReplicaSet', { metadata: { name: 'r' }, spec: { replicas: 1 } });
    const scaled = store.update('ReplicaSet', { ...set, spec: { ...set.spec, replicas: 2 } });
    expect(scaled.metadata.generation).toBe(2);
    const status = store.update('ReplicaSet', { ...scaled, spec: {}, status: { replicas: 2 } }, { status: true });
    expect(status.metadata.generation).toBe(2);
    expect(status.spec.replicas).toBe(2);
    expect(status.status).toEqual({ replicas: 2 });
  });

  it('keeps a pod with a grace period until its deletion is finalized', () => {
    const store = new ObjectStore({ now: () => Date.parse('2026-01-01T00:00:00Z') });
    const { metadata } = store.create('Pod', pod('a'));
    const marked = store.delete('Pod', 'web', 'a');
    expect(marked.metadata).toMatchObject({
      deletionTimestamp: '2026-01-01T00:00:30Z',
      deletionGracePeriodSeconds: 30,
      uid: metadata.uid,
    });
    expect(store.delete('Pod', 'web', 'a', { gracePeriodSeconds: 60 }).metadata.deletionGracePeriodSeconds).toBe(30);
    expect(store.delete('Pod', 'web', 'a', { gracePeriodSeconds: 5 }).metadata.deletionGracePeriodSeconds).toBe(5);
    expect(store.finalizeDelete('Pod', 'web', 'a', { uid: 'another' })).toBe(true);
    expect(store.get('Pod', 'web', 'a')).toBeDefined();
    expect(store.finalizeDelete('Pod', 'web', 'a')).toBe(true);
    expect(store.get('Pod', 'web', 'a')).toBeUndefined();
    expect(store.podsOnNode('node-1')).toEqual([]);
  });

  it('deletes at once what has no grace period, no node or is finished', () => {
    const store = new ObjectStore();
    store.create('Pod', pod('zero'));
    store.create('Pod', pod('waiting', { nodeName: undefined }));
    store.create('Pod', { ...pod('done'), status: { phase: 'Succeeded' } });
    store.delete('Pod', 'web', 'zero', { gracePeriodSeconds: 0 });
    store.delete('Pod', 'web', 'waiting');
    store.delete('Pod', 'web', 'done');
    expect(store.list('Pod')).toEqual([]);
  });

  it('keeps what has finalizers until the last one goes', () => {
    const store = new ObjectStore();
    const base = pod('a');
    store.create('Pod', { ...base, metadata: { ...base.metadata, finalizers: ['x/y'] } });
    store.delete('Pod', 'web', 'a');
    expect(store.finalizeDelete('Pod', 'web', 'a')).toBe(false);
    const events: string[] = [];
    store.subscribe('Pod', (event) => events.push(event.type));
    store.modify('Pod', 'web', 'a', (object) => ({ ...object, metadata: { ...object.metadata, finalizers: [] } }));
    expect(store.get('Pod', 'web', 'a')).toBeUndefined();
    expect(events).toEqual(['DELETED']);
  });

  it('checks preconditions with the words of the real server', () => {
    const store = new ObjectStore();
    const { metadata } = store.create('Pod', pod('a'));
    const refused = failure(() => store.delete('Pod', 'web', 'a', { uid: 'other' }));
    expect(refused.code).toBe(409);
    expect(refused.message).toContain(
      `the UID in the precondition (other) does not match the UID in record (${metadata.uid})`,
    );
    expect(failure(() => store.delete('Pod', 'web', 'a', { resourceVersion: '1' })).code).toBe(409);
    expect(store.get('Pod', 'web', 'a')?.metadata.deletionTimestamp).toBeUndefined();
  });

  it('lists in key order, by namespace, node, labels and fields', () => {
    const store = new ObjectStore();
    for (const [namespace, name, node] of [
      ['b', 'x', 'n1'],
      ['a-b', 'y', 'n2'],
      ['a', 'z', 'n1'],
      ['a', 'c', 'n2'],
    ] as const) {
      store.create('Pod', { ...pod(name, { nodeName: node }), metadata: { name, namespace, labels: { app: name } } });
    }
    const names = (options: object) =>
      store.list('Pod', options).map((item) => `${item.metadata.namespace}/${item.metadata.name}`);
    expect(names({})).toEqual(['a-b/y', 'a/c', 'a/z', 'b/x']);
    expect(names({ namespace: 'a' })).toEqual(['a/c', 'a/z']);
    expect(names({ fieldSelector: 'spec.nodeName=n1' })).toEqual(['a/z', 'b/x']);
    expect(names({ fieldSelector: 'spec.nodeName=n1,metadata.namespace!=b' })).toEqual(['a/z']);
    expect(names({ labelSelector: 'app in (x,c)', fieldSelector: 'status.phase==Running' })).toEqual(['a/c', 'b/x']);
    expect(failure(() => names({ fieldSelector: 'spec.foo=1' })).message).toBe('field label not supported: spec.foo');
  });

  it('keeps the node index and the order right over bulk loads and changes', () => {
    const store = new ObjectStore();
    for (let i = 0; i < 1500; i++)
      store.create('Pod', pod(`p-${store.random.suffix(8)}-${i}`, { nodeName: `n${i % 3}` }));
    const victims = store.podsOnNode('n1').slice(0, 200);
    for (const { metadata } of victims) store.delete('Pod', 'web', metadata.name, { gracePeriodSeconds: 0 });
    for (let i = 0; i < 20; i++) store.create('Pod', pod(`a-${i}`, { nodeName: 'n1' }));
    const keys = store.list('Pod').map((item) => item.metadata.name);
    expect(keys).toEqual([...keys].sort());
    expect(store.podsOnNode('n1')).toHaveLength(500 - 200 + 20);
    expect(store.count('Pod')).toBe(1500 - 200 + 20);
  });

  it('delivers events in order to every listener, also those raised inside a listener', () => {
    const store = new ObjectStore();
    const seen: string[] = [];
    store.subscribe('ConfigMap', ({ type, object }) => {
      if (type === 'ADDED' && object.metadata.name === 'a') store.create('ConfigMap', { metadata: { name: 'b' } });
    });
    store.subscribe('ConfigMap', ({ object }) => seen.push(object.metadata.name));
    store.create('ConfigMap', { metadata: { name: 'a' } });
    expect(seen).toEqual(['a', 'b']);
  });

  it('replays events after a version until they are compacted', () => {
    const store = new ObjectStore({ eventsKept: 5 });
    const start = store.resourceVersion;
    for (let i = 0; i < 4; i++) store.create('ConfigMap', { metadata: { name: `c${i}` } });
    expect(store.eventsSince('ConfigMap', start + 2)?.map((event) => event.object.metadata.name)).toEqual(['c2', 'c3']);
    for (let i = 4; i < 20; i++) store.create('ConfigMap', { metadata: { name: `c${i}` } });
    expect(store.eventsSince('ConfigMap', start)).toBeUndefined();
    expect(store.eventsSince('ConfigMap', store.resourceVersion)).toEqual([]);
    store.compact('ConfigMap');
    expect(store.eventsSince('ConfigMap', store.resourceVersion - 1)).toBeUndefined();
    expect(store.eventsSince('ConfigMap', store.resourceVersion)).toEqual([]);
  });
});
