import { describe, expect, it } from 'vitest';
import { residentsOf } from '../../../../test/support/residents.js';
import { sampleNode, samplePod, selects } from '../../../../test/support/sample-snapshots.js';
import { type FitSurroundings, simulateFit } from './fit-simulation.js';
import { nodeSelectorOf } from './node-selector.js';
import type { NodeSnapshot } from './node-snapshot.js';
import type { PodSnapshot } from './pod-snapshot.js';

const ZONE = 'topology.kubernetes.io/zone';
const inZone = (zone: string) =>
  nodeSelectorOf([{ matchExpressions: [{ key: ZONE, operator: 'In', values: [zone] }] }]);
const fitOf = (
  pods: readonly PodSnapshot[],
  nodes: readonly NodeSnapshot[],
  staying: readonly PodSnapshot[],
  surroundings?: FitSurroundings,
) => simulateFit(pods, nodes, residentsOf(staying), surroundings);
const onlyReason = (pod: Partial<PodSnapshot>, node: Partial<NodeSnapshot> = {}): string | undefined =>
  fitOf([samplePod('a', pod)], [sampleNode('n', node)], []).unplaced[0]?.message;

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
    const { placements, unplaced } = fitOf(pods, [sampleNode('n1'), sampleNode('n2')], []);
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
    const { placements, unplaced } = fitOf(pods, [sampleNode('n1')], occupants);
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
      fitOf(
        ['a', 'b', 'c', 'd'].map((name) => samplePod(name, host)),
        nodes,
        [],
      ).unplaced,
    ).toHaveLength(1);
    const zone = { antiAffinity: apart(ZONE) };
    expect(
      fitOf(
        ['a', 'b', 'c'].map((name) => samplePod(name, zone)),
        nodes,
        [],
      ).unplaced,
    ).toHaveLength(1);
    const guard = samplePod('guard', { nodeName: 'n1', labels: { app: 'guard' }, ...zone });
    expect([...fitOf([samplePod('a')], nodes, [guard]).placements.values()]).toEqual(['n3']);
  });

  it('says so when there are no other nodes', () => {
    expect(fitOf([samplePod('a')], [], []).unplaced[0]?.message).toBe('0/0 nodes are available.');
  });

  describe('12.7 limits of volumes per node', () => {
    const claims = (...names: string[]) =>
      names.map((claimName) => ({ claimName, nodeAffinity: null, driver: 'ebs.csi.aws.com' }));
    const room = (left: Record<string, number>) =>
      new Map(Object.entries(left).map(([name, count]) => [name, new Map([['ebs.csi.aws.com', count]])]));

    it('keeps a pod off a node that can attach no more volumes of its driver', () => {
      const pods = [samplePod('a', { volumeClaims: claims('one', 'two') })];
      const nodes = [sampleNode('n1'), sampleNode('n2')];
      const { unplaced } = fitOf(pods, nodes, [], { volumeRoom: room({ n1: 0, n2: 1 }) });
      expect(unplaced[0]?.message).toBe('0/2 nodes are available: 2 too many volumes of ebs.csi.aws.com.');
      expect(unplaced[0]?.changes[0]).toBe('detach a volume of ebs.csi.aws.com from n1');
    });

    it('counts what it places, and takes a driver without a limit for unlimited', () => {
      const pods = ['a', 'b', 'c'].map((name) => samplePod(name, { volumeClaims: claims(name) }));
      const fit = fitOf(pods, [sampleNode('n1')], [], { volumeRoom: room({ n1: 2 }) });
      expect([fit.placements.size, fit.unplaced.length]).toEqual([2, 1]);
      expect(fitOf(pods, [sampleNode('n2')], [], { volumeRoom: room({}) }).placements.size).toBe(3);
    });

    it('says UNKNOWN where the limits may not be read', () => {
      const pods = [samplePod('a', { volumeClaims: claims('one') }), samplePod('b')];
      const { unknown, placements } = fitOf(pods, [sampleNode('n1')], [], { volumeRoom: null });
      expect([...unknown.values()]).toEqual([expect.stringContaining('could not be read')]);
      expect(placements.size).toBe(1);
    });
  });

  describe('12.7 what a person can change', () => {
    const changes = (pod: Partial<PodSnapshot>, nodes: NodeSnapshot[], occupants: PodSnapshot[] = []) =>
      fitOf([samplePod('a', pod)], nodes, occupants).unplaced[0]?.changes;
    const needs = { affinity: [], spread: [], unknown: null, impossible: null };
    const hostPorts = [{ port: 80, protocol: 'TCP', ip: '' }];

    it('names the cordon of the node that is right otherwise, not of those that are wrong anyway', () => {
      const nodes = [
        sampleNode('n1', { unschedulable: true }),
        sampleNode('n2', { unschedulable: true, labels: { disk: 'ssd' } }),
        sampleNode('n3'),
      ];
      expect(changes({ nodeSelector: { disk: 'ssd' } }, nodes)).toEqual(['uncordon n2']);
    });

    it('names a host port that is taken, before another node', () => {
      const other = samplePod('other', { nodeName: 'n1', needs: { ...needs, hostPorts } });
      const nodes = [sampleNode('n1'), sampleNode('n2', { labels: {} })];
      const wanted = { nodeSelector: sampleNode('n1').labels, needs: { ...needs, hostPorts } };
      expect(changes(wanted, nodes, [other])).toEqual(['free host port 80/TCP on n1']);
    });

    it('names the zone in which a node is missing', () => {
      const volumeClaims = [{ claimName: 'data', nodeAffinity: inZone('zone-b') }];
      const [change] = changes({ volumeClaims }, [sampleNode('n1')]) ?? [];
      expect(change).toBe('add a node in zone-b, for the volume of claim data');
    });

    it('names all that one node needs', () => {
      const node = sampleNode('n1', { unschedulable: true, allocatable: { cpu: 4000, memory: 2 ** 33, pods: 0 } });
      expect(changes({}, [node])).toEqual(['uncordon n1 and remove a pod from n1']);
    });
  });
});
