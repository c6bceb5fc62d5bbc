import { expect, it } from 'vitest';
import { findExampleNode } from './find-example-node.js';
import type { ClusterConnections } from './platform/kubernetes/cluster-connections.js';

const node = (name: string, { ready = true, labels = {}, unschedulable = false } = {}) => ({
  metadata: { name, labels },
  spec: { unschedulable },
  status: { conditions: [{ type: 'Ready', status: ready ? 'True' : 'False' }] },
});
const connections = (clusters: Record<string, object[] | Error>) => {
  const api = (name: string) => ({
    listNodes: async () => {
      const nodes = clusters[name];
      if (nodes instanceof Error) throw nodes;
      return { items: nodes };
    },
  });
  return { names: () => Object.keys(clusters), api } as unknown as ClusterConnections;
};

it('12.28 finds a Ready worker of the first real cluster that answers', async () => {
  const controlPlane = node('a', { labels: { 'node-role.kubernetes.io/control-plane': '' } });
  const nodes = [controlPlane, node('b', { ready: false }), node('c', { unschedulable: true }), node('e'), node('d')];
  const found = await findExampleNode(connections({ away: new Error('refused'), prod: nodes }));
  expect(found).toEqual({ cluster: 'prod', node: 'd' });
});

it('12.28 names no node where none can be listed', async () => {
  expect(await findExampleNode(connections({ away: new Error('refused'), empty: [] }))).toEqual({
    cluster: 'away',
    node: null,
  });
});
