import { describe, expect, it } from 'vitest';
import type { Pod } from '../../../platform/kubernetes/kube-objects.js';
import { PlacedPods } from './placed-pods.js';
import { type PodRow, PodRows } from './pod-row.js';

const rows = new PodRows();
function row(
  name: string,
  changes: { node?: string; app?: string; namespace?: string; phase?: string; port?: number },
) {
  const { node = 'n1', app = 'api', namespace = 'team', phase = 'Running', port } = changes;
  const ports = port === undefined ? [] : [{ containerPort: 80, hostPort: port }];
  const terms = [{ topologyKey: 'zone', labelSelector: { matchLabels: { app } } }];
  const affinity = { podAntiAffinity: { requiredDuringSchedulingIgnoredDuringExecution: terms } };
  return rows.of({
    metadata: {
      name,
      namespace,
      uid: `${namespace}/${name}`,
      labels: { app },
      creationTimestamp: '2026-11-25T00:00:00Z',
    },
    spec: {
      nodeName: node,
      containers: [{ name: 'app', ports, resources: { requests: { cpu: '100m' } } }],
      ...(app === 'alone' ? { affinity } : {}),
    },
    status: { phase },
  } as unknown as Pod);
}

/** All that can be asked, in an order of its own. */
function contentOf(placed: PlacedPods) {
  const groups = (found: ReturnType<PlacedPods['groupsThatRepel']>) =>
    [...found]
      .map(({ placement, pods }) => [placement.namespace, placement.labels.app, pods.map(({ uid }) => uid).sort()])
      .map((group) => JSON.stringify(group))
      .sort();
  const namespaces = [...placed.namespaces()].sort();
  return {
    namespaces,
    groups: namespaces.flatMap((namespace) => groups(placed.groupsIn(namespace))),
    repelling: groups(placed.groupsThatRepel()),
    ports: groups(placed.groupsOnHostPorts()),
    nodes: ['n1', 'n2', 'n3'].map((node) => [
      placed
        .on(node)
        .map(({ uid }) => uid)
        .sort(),
      placed.usage(node).podCount,
      String(placed.usage(node).requests.cpu?.nano ?? 0n),
    ]),
  };
}

describe('10.23 pods by node and by group', () => {
  it('is the same after any changes as if it had been filled anew', () => {
    let seed = 1;
    const any = (count: number) => {
      seed = (seed * 48_271) % 2_147_483_647;
      return seed % count;
    };
    const placed = new PlacedPods();
    const known = new Map<string, PodRow>();
    for (let step = 0; step < 3_000; step += 1) {
      const node = ['n1', 'n2', 'n3', ''][any(4)] as string;
      const app = ['api', 'web', 'alone'][any(3)] as string;
      const phase = any(4) === 0 ? 'Succeeded' : 'Running';
      const port = any(3) === 0 ? { port: 8000 + any(2) } : {};
      const next = row(`pod-${any(60)}`, { node, app, namespace: `team-${any(3)}`, phase, ...port });
      const before = known.get(next.uid);
      if (before) placed.withdraw(before);
      if (any(3) === 0) known.delete(next.uid);
      else {
        known.set(next.uid, next);
        placed.place(next);
      }
      if (step % 100 !== 0) continue;
      const anew = new PlacedPods();
      for (const each of known.values()) anew.place(each);
      expect(contentOf(placed)).toEqual(contentOf(anew));
    }
    for (const each of known.values()) placed.withdraw(each);
    expect(contentOf(placed)).toEqual(contentOf(new PlacedPods()));
  });

  it('counts host ports of containers that go on running, not of those that only prepare', () => {
    const placed = new PlacedPods();
    placed.place(row('a', { port: 80 }));
    placed.place(row('b', {}));
    expect([...placed.groupsOnHostPorts()].map(({ pods }) => pods.map(({ name }) => name))).toEqual([['a']]);
    const ports = [{ containerPort: 80, hostPort: 80 }];
    const init = (restartPolicy?: string) =>
      rows.of({
        metadata: { name: 'i', namespace: 'n', uid: 'i', creationTimestamp: '2026-11-25T00:00:00Z' },
        spec: { containers: [{ name: 'app' }], initContainers: [{ name: 'first', ports, restartPolicy }] },
        status: {},
      } as unknown as Pod).placement.ports;
    expect([init(), init('Always')].map(({ length }) => length)).toEqual([0, 1]);
  });
});
