import { describe, expect, it } from 'vitest';
import { sampleNode, samplePod, selects } from '../../../../../test/support/sample-snapshots.js';
import { nodeSelectorOf } from '../cluster-view/node-selector.js';
import type { NodeSnapshot } from '../cluster-view/node-snapshot.js';
import type { PodSnapshot } from '../cluster-view/pod-snapshot.js';
import { simulateFit } from './fit-simulation.js';

const ZONE = 'topology.kubernetes.io/zone';
const inZone = (zone: string) =>
  nodeSelectorOf([{ matchExpressions: [{ key: ZONE, operator: 'In', values: [zone] }] }]);
const onlyReason = (pod: Partial<PodSnapshot>, node: Partial<NodeSnapshot> = {}): string | undefined =>
  simulateFit([samplePod('a', pod)], [sampleNode('n', node)], []).unplaced[0]?.message;

describe('simulateFit', () => {
  it.each<[string, Partial<PodSnapshot>, Partial<NodeSnapshot>]>([
    ['unschedulable', {}, { unschedulable: true }],
    ['not Ready', {}, { ready: false }],
    ['untolerated taint {gpu: yes}', {}, { taints: [{ key: 'gpu', value: 'yes', effect: 'NoSchedule' }] }],
    ['no match for node selector', { nodeSelector: { disk: 'ssd' } }, {}],
    ['no match for node affinity', { nodeAffinity: inZone('zone-b') }, {}],
    ['volume bound to another place', { volumeClaims: [{ claimName: 'data', nodeAffinity: inZone('zone-b') }] }, {}],
    ['Insufficient cpu', { requests: { cpu: 4001 } }, {}],
    ['Insufficient nvidia.com/gpu', { requests: { 'nvidia.com/gpu': 1 } }, {}],
    ['too many pods', {}, { allocatable: { cpu: 4000, memory: 2 ** 33, pods: 0 } }],
  ])('names the rule: %s', (reason, pod, node) => {
    expect(onlyReason(pod, node)).toBe(`0/1 nodes are available: 1 ${reason}.`);
  });

  it('lets tolerations, selectors and soft taints pass', () => {
    const node = {
      taints: [
        { key: 'gpu', effect: 'NoSchedule' },
        { key: 'x', effect: 'PreferNoSchedule' },
      ],
    } as const;
    expect(
      onlyReason({ tolerations: [{ key: 'gpu', operator: 'Exists' }], nodeAffinity: inZone('zone-a') }, node),
    ).toBeUndefined();
  });

  it('adds up what it places, spreads, and reports what is left over', () => {
    const pods = ['a', 'b', 'c'].map((name) => samplePod(name, { requests: { cpu: 2500 } }));
    const { placements, unplaced } = simulateFit(pods, [sampleNode('n1'), sampleNode('n2')], []);
    expect(new Set(placements.values())).toEqual(new Set(['n1', 'n2']));
    expect(unplaced.map((each) => each.message)).toEqual(['0/2 nodes are available: 2 Insufficient cpu.']);
  });

  it('gives room to higher priority first and counts occupants, but not finished ones', () => {
    const occupants = [
      samplePod('x', { nodeName: 'n1', requests: { cpu: 2000 } }),
      samplePod('y', { nodeName: 'n1', requests: { cpu: 2000 }, phase: 'Succeeded' }),
    ];
    const pods = [
      samplePod('low', { requests: { cpu: 1500 } }),
      samplePod('high', { requests: { cpu: 1500 }, priority: 10 }),
    ];
    const { placements, unplaced } = simulateFit(pods, [sampleNode('n1')], occupants);
    expect([...placements.keys()]).toEqual(['uid-payments-high']);
    expect(unplaced.map((each) => each.uid)).toEqual(['uid-payments-low']);
  });

  it('keeps anti-affinity in both directions, by host and by zone', () => {
    const apart = (topologyKey: string) => [
      { topologyKey, selector: selects({ app: 'api' }), namespaces: ['payments'] },
    ];
    const nodes = [
      sampleNode('n1'),
      sampleNode('n2'),
      sampleNode('n3', { labels: { [ZONE]: 'zone-b', 'kubernetes.io/hostname': 'n3' } }),
    ];
    const host = { antiAffinity: apart('kubernetes.io/hostname') };
    expect(
      simulateFit(
        ['a', 'b', 'c', 'd'].map((name) => samplePod(name, host)),
        nodes,
        [],
      ).unplaced,
    ).toHaveLength(1);
    const zone = { antiAffinity: apart(ZONE) };
    expect(
      simulateFit(
        ['a', 'b', 'c'].map((name) => samplePod(name, zone)),
        nodes,
        [],
      ).unplaced,
    ).toHaveLength(1);
    const guard = samplePod('guard', { nodeName: 'n1', labels: { app: 'guard' }, ...zone });
    expect([...simulateFit([samplePod('a')], nodes, [guard]).placements.values()]).toEqual(['n3']);
  });

  it('says so when there are no other nodes', () => {
    expect(simulateFit([samplePod('a')], [], []).unplaced[0]?.message).toBe('0/0 nodes are available.');
  });
});
