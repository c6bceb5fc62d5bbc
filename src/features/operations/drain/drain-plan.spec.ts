import { describe, expect, it } from 'vitest';
import { residentsOf } from '../../../../test/support/residents.js';
import {
  controller,
  NOON,
  sampleNode,
  samplePdb,
  samplePod,
  secondsAfter,
} from '../../../../test/support/sample-snapshots.js';
import { DEFAULT_DRAIN_OPTIONS, NODE_CRITICAL_PRIORITY } from './drain-options.js';
import { type DrainPlanInput, makeDrainPlan } from './drain-plan.js';
import { orderPods } from './eviction-order.js';
import { planDiff } from './plan-diff.js';

const options = { ...DEFAULT_DRAIN_OPTIONS, ignoreDaemonSets: true };
const pods = [
  samplePod('api-0'),
  samplePod('api-1'),
  samplePod('cni', { controller: controller('DaemonSet', 'cni'), labels: { app: 'cni' } }),
  samplePod('etcd', { isMirror: true, labels: {} }),
];
const plan = (changes: Partial<DrainPlanInput> = {}) =>
  makeDrainPlan({
    options,
    now: NOON,
    evictionSupported: true,
    targets: [{ node: sampleNode('worker-1'), pods }],
    pdbs: [samplePdb()],
    daemonSet: () => 'PRESENT',
    elsewhere: { nodes: [sampleNode('worker-2')], residents: residentsOf([]) },
    ...changes,
  });
const on = (list: typeof pods) => [{ node: sampleNode('worker-1'), pods: list }];

describe('orderPods', () => {
  it('sends low priority first, unready before ready, slow starters before quick ones, node-critical in a tier of its own', () => {
    const slow = { readyChangedAt: secondsAfter(NOON, -500) };
    const ordered = orderPods(
      [
        samplePod('critical', { priority: NODE_CRITICAL_PRIORITY }),
        samplePod('important', { priority: 100 }),
        samplePod('quick'),
        samplePod('slow', slow),
        samplePod('unready', { ready: false }),
      ],
      options,
    );
    expect(ordered.map(({ pod, tier }) => `${pod.name} ${tier}`)).toEqual([
      'unready 0',
      'slow 0',
      'quick 0',
      'important 0',
      'critical 1',
    ]);
  });
});

describe('makeDrainPlan', () => {
  it('puts decisions, budgets, room and time together', () => {
    const made = plan();
    expect(made).toMatchObject({
      executable: true,
      summary: { total: 4, remove: 2, keep: 2, blocked: 0, atOnce: 1, wait: 1, never: 0, pendingReplacements: 0 },
      estimate: { seconds: 9, atMostSeconds: 34 },
    });
    expect(
      made.nodes[0]?.pods.map((pod) => [pod.name, pod.action, pod.outlook, pod.order, pod.replacement.detail]),
    ).toEqual([
      ['api-0', 'EVICT', 'AT_ONCE', 1, 'worker-2'],
      ['api-1', 'EVICT', 'WAITS', 2, 'worker-2'],
      ['cni', 'IGNORE', null, null, null],
      ['etcd', 'SKIP', null, null, null],
    ]);
  });

  it('is not executable with one pod that is blocked, and says which', () => {
    const made = plan({ targets: on([...pods, samplePod('bare', { controller: null, labels: {} })]) });
    expect(made.executable).toBe(false);
    expect(made.nodes[0]?.pods.find((pod) => pod.action === 'BLOCK')?.notes).toMatchObject([
      { code: 'UNMANAGED', option: 'force' },
    ]);
  });

  it('takes shared budgets down over several nodes', () => {
    const second = { node: sampleNode('worker-2'), pods: [samplePod('api-2', { nodeName: 'worker-2' })] };
    const made = plan({ targets: [...on(pods), second], elsewhere: { nodes: [], residents: residentsOf([]) } });
    expect(made.summary).toMatchObject({ atOnce: 1, wait: 2, pendingReplacements: 3 });
    expect(made.warnings).toEqual([
      'PDB payments/api may not open again: there is no room for the replacement of payments/api-0, payments/api-1, payments/api-2',
    ]);
  });

  it('estimates no end when a pod can never go, unless it is deleted in time', () => {
    const pdbs = [samplePdb({ disruptionsAllowed: 0, desiredHealthy: 3, minAvailable: 3 })];
    expect(plan({ pdbs }).estimate.seconds).toBeNull();
    expect(plan({ pdbs, options: { ...options, escalateAfterSeconds: 60 } }).estimate.seconds).toBe(65);
  });
});

describe('planHash', () => {
  it('stays the same for what is not substance: order, readiness, budgets that open and close, time', () => {
    const shuffled = on([...pods].reverse().map((pod) => ({ ...pod, ready: false })));
    const same = plan({
      targets: shuffled,
      now: secondsAfter(NOON, 60),
      pdbs: [samplePdb({ disruptionsAllowed: 0 })],
      elsewhere: null,
    });
    expect(same.planHash).toBe(plan().planHash);
    expect(planDiff(plan().substance, same.substance)).toEqual([]);
    expect(plan().planHash).toMatch(/^[0-9a-f]{64}$/);
  });

  it.each<[string, Partial<DrainPlanInput>, string]>([
    ['another pod', { targets: on([...pods, samplePod('api-9')]) }, 'pod payments/api-9 was not in the plan: EVICT'],
    ['a pod less', { targets: on(pods.slice(1)) }, 'pod payments/api-0 is not on the node any more'],
    ['an option', { options: { ...options, force: true } }, 'option force was false and is true'],
    [
      'local data that would be lost',
      { targets: on(pods.map((pod) => (pod.name === 'api-0' ? { ...pod, emptyDirVolumes: ['tmp'] } : pod))) },
      'pod payments/api-0: decision was EVICT and is BLOCK; notes were none and are LOCAL_STORAGE',
    ],
    [
      'a budget that can never open',
      {
        targets: on(pods.slice(0, 1)),
        pdbs: [samplePdb({ minAvailable: 3, desiredHealthy: 3, disruptionsAllowed: 0 })],
      },
      'pod payments/api-0: can no longer go: payments/api',
    ],
    [
      'a new node',
      { targets: [{ node: sampleNode('worker-1', { uid: 'other' }), pods }] },
      'node worker-1 (other) was not in the plan',
    ],
  ])('changes with %s, and the difference says so', (_title, changes, message) => {
    const other = plan(changes);
    expect(other.planHash).not.toBe(plan().planHash);
    expect(planDiff(plan().substance, other.substance).map((each) => each.message)).toContain(message);
  });
});
