import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { controller, NOON, samplePdb, samplePod } from '../../../../test/support/sample-snapshots.js';
import { forecastBudgets } from './budget-arithmetic.js';
import type { PdbSnapshot } from './pdb-snapshot.js';
import type { PodSnapshot } from './pod-snapshot.js';

function forecast(pods: readonly PodSnapshot[], pdbs: readonly PdbSnapshot[], action: 'EVICT' | 'DELETE' = 'EVICT') {
  const { outlooks, budgets } = forecastBudgets(
    pods.map((pod) => ({ pod, action })),
    pdbs,
  );
  return { all: pods.map((pod) => outlooks.get(pod.uid)), budgets };
}

const brief = (pods: readonly PodSnapshot[], ...pdbs: PdbSnapshot[]) =>
  forecast(pods, pdbs).all.map((each) => `${each?.outlook} ${each?.reason} ${each?.answer.status}`);

describe('forecastBudgets', () => {
  it('adds up over pods of several nodes', () => {
    const pods = [samplePod('a'), samplePod('b', { nodeName: 'worker-2' }), samplePod('c', { nodeName: 'worker-3' })];
    expect(brief(pods, samplePdb())).toEqual([
      'AT_ONCE BUDGET_ALLOWS 201',
      'WAITS BUDGET_EXHAUSTED 429',
      'WAITS BUDGET_EXHAUSTED 429',
    ]);
    expect(forecast(pods, [samplePdb()]).all.map((each) => each?.healthyPodsMissing)).toEqual([null, 1, 2]);
  });

  it('says in a refusal how many pods are healthy after those that went before', () => {
    const [first, second] = forecast([samplePod('a'), samplePod('b')], [samplePdb()]).all;
    expect(first?.answer.message).toBeNull();
    expect(second?.answer.message).toBe('The disruption budget api needs 2 healthy pods and has 2 currently');
  });

  it('charges nothing for a pod that was not counted as healthy', () => {
    const pdb = samplePdb({
      minAvailable: 0,
      desiredHealthy: 0,
      currentHealthy: 1,
      expectedPods: 2,
      disruptionsAllowed: 1,
    });
    const pods = [samplePod('a', { ready: false }), samplePod('b')];
    expect(brief(pods, pdb)).toEqual(['AT_ONCE BUDGET_ALLOWS 201', 'AT_ONCE BUDGET_ALLOWS 201']);
  });

  it('knows that one replica with minAvailable 1 can never pass, and what would unblock it', () => {
    const pdb = samplePdb({
      minAvailable: 1,
      disruptionsAllowed: 0,
      currentHealthy: 1,
      desiredHealthy: 1,
      expectedPods: 1,
    });
    expect(brief([samplePod('a')], pdb)).toEqual(['NEVER BUDGET_NEVER_OPENS 429']);
    const [outlook] = forecast([samplePod('a')], [pdb]).all;
    expect(outlook?.advice.map((each) => each.kind)).toEqual([
      'SCALE_UP',
      'SURGE',
      'RELAX_BUDGET',
      'ESCALATE',
      'DISABLE_EVICTION',
    ]);
    expect(outlook?.advice[0]?.message).toBe('scale the owner of ReplicaSet payments/api to at least 2 replicas');
  });

  it('never passes maxUnavailable 0 and two budgets', () => {
    const zero = samplePdb({ minAvailable: null, maxUnavailable: 0, disruptionsAllowed: 0, desiredHealthy: 3 });
    expect(brief([samplePod('a')], zero)).toEqual(['NEVER BUDGET_NEVER_OPENS 429']);
    expect(brief([samplePod('a')], samplePdb(), samplePdb({ name: 'all' }))).toEqual(['NEVER MULTIPLE_BUDGETS 500']);
  });

  it.each<[string, string, Partial<PodSnapshot>, Partial<PdbSnapshot>]>([
    ['no budget matches', 'AT_ONCE NO_BUDGET 201', { labels: { app: 'other' } }, {}],
    ['the budget is in another namespace', 'AT_ONCE NO_BUDGET 201', { namespace: 'web' }, {}],
    ['Pending', 'AT_ONCE PHASE_BYPASSES 201', { phase: 'Pending', ready: false }, { disruptionsAllowed: 0 }],
    ['finished', 'AT_ONCE PHASE_BYPASSES 201', { phase: 'Failed', ready: false }, { disruptionsAllowed: 0 }],
    ['terminating', 'AT_ONCE PHASE_BYPASSES 201', { deletionTimestamp: NOON }, { disruptionsAllowed: 0 }],
    [
      'unready, budget healthy',
      'AT_ONCE UNREADY_UNDER_HEALTHY_BUDGET 201',
      { ready: false },
      { disruptionsAllowed: 0, currentHealthy: 2 },
    ],
    [
      'unready, budget not healthy',
      'WAITS BUDGET_EXHAUSTED 429',
      { ready: false },
      { disruptionsAllowed: 0, currentHealthy: 1 },
    ],
    [
      'unready, nothing desired',
      'WAITS BUDGET_EXHAUSTED 429',
      { ready: false },
      { disruptionsAllowed: 0, currentHealthy: 0, desiredHealthy: 0, minAvailable: 0 },
    ],
    [
      'unready, always allowed',
      'AT_ONCE UNREADY_ALWAYS_ALLOWED 201',
      { ready: false },
      { disruptionsAllowed: 0, currentHealthy: 1, unhealthyPodEvictionPolicy: 'AlwaysAllow' },
    ],
    ['status older than spec', 'WAITS BUDGET_STATUS_STALE 429', {}, { generation: 2 }],
    ['no pods expected', 'NEVER BUDGET_NEVER_OPENS 429', {}, { disruptionsAllowed: 0, expectedPods: 0 }],
    ['a selector that selects nothing', 'AT_ONCE NO_BUDGET 201', {}, { selector: null, disruptionsAllowed: 0 }],
    ['an empty selector', 'WAITS BUDGET_EXHAUSTED 429', {}, { selector: { requirements: [] }, disruptionsAllowed: 0 }],
  ])('when %s: %s', (_title, expected, pod, pdb) => {
    expect(brief([samplePod('a', pod)], samplePdb(pdb))).toEqual([expected]);
  });

  it('says by how much deletes break a budget', () => {
    const { all, budgets } = forecast([samplePod('a'), samplePod('b'), samplePod('c')], [samplePdb()], 'DELETE');
    expect(all.every((each) => each?.reason === 'EVICTION_DISABLED')).toBe(true);
    expect(budgets).toMatchObject([{ budget: 'payments/api', brokenBy: 2 }]);
  });
});

interface World {
  readonly minAvailable: number | null;
  readonly maxUnavailable: number | null;
  readonly alwaysAllow: boolean;
  readonly pods: readonly {
    readonly managed: boolean;
    readonly ready: boolean;
    readonly pending: boolean;
    readonly here: boolean;
  }[];
}

const worlds: fc.Arbitrary<World> = fc
  .record({
    amount: fc.integer({ min: 0, max: 6 }),
    byMin: fc.boolean(),
    alwaysAllow: fc.boolean(),
    pods: fc.array(
      fc.record({ managed: fc.boolean(), ready: fc.boolean(), pending: fc.boolean(), here: fc.boolean() }),
      { minLength: 1, maxLength: 8 },
    ),
  })
  .map(({ amount, byMin, alwaysAllow, pods }) => ({
    minAvailable: byMin ? amount : null,
    maxUnavailable: byMin ? null : amount,
    alwaysAllow,
    // maxUnavailable needs the scale of a controller for each pod.
    pods: pods.map((pod) => ({ ...pod, managed: byMin ? pod.managed : true, ready: pod.ready && !pod.pending })),
  }));

/** A small cluster that plays the eviction handler, the disruption controller and the replica set, step by step. */
class Cluster {
  private readonly live = new Map<string, { managed: boolean; ready: boolean; pending: boolean }>();
  private allowed = 0;
  private healthy = 0;
  private desired = 0;
  private expected = 0;

  constructor(private readonly world: World) {
    for (const [i, pod] of world.pods.entries()) this.live.set(`p${i}`, { ...pod });
    this.reconcile();
  }

  reconcile(): void {
    this.expected = this.live.size;
    this.healthy = [...this.live.values()].filter((pod) => pod.ready).length;
    this.desired = this.world.minAvailable ?? Math.max(0, this.expected - (this.world.maxUnavailable ?? 0));
    this.allowed = this.expected <= 0 ? 0 : Math.max(0, this.healthy - this.desired);
  }

  evict(name: string): boolean {
    const pod = this.live.get(name);
    if (!pod) throw new Error(`${name} is gone`);
    if (!pod.pending) {
      const unreadyMayGo = this.world.alwaysAllow || (this.healthy >= this.desired && this.desired > 0);
      if (pod.ready || !unreadyMayGo) {
        if (this.allowed === 0) return false;
        // The controller, which keeps pace, gives back what was charged for a pod that it didn't count.
        if (pod.ready) this.allowed--;
      }
    }
    this.live.delete(name);
    if (pod.managed) this.live.set(`${name}-new`, { managed: true, ready: false, pending: true });
    return true;
  }

  settle(): void {
    for (const pod of this.live.values()) Object.assign(pod, { ready: true, pending: false });
    this.reconcile();
  }

  healthyNow(): number {
    return [...this.live.values()].filter((pod) => pod.ready).length;
  }

  pdb(): PdbSnapshot {
    return samplePdb({
      minAvailable: this.world.minAvailable,
      maxUnavailable: this.world.maxUnavailable,
      unhealthyPodEvictionPolicy: this.world.alwaysAllow ? 'AlwaysAllow' : 'IfHealthyBudget',
      disruptionsAllowed: this.allowed,
      currentHealthy: this.healthy,
      desiredHealthy: this.desired,
      expectedPods: this.expected,
    });
  }
}

describe('the forecast against a step by step simulation', () => {
  it('foresees what goes at once, what goes later, and what never goes', () => {
    const seen = new Set<string>();
    fc.assert(
      fc.property(worlds, (world) => {
        const cluster = new Cluster(world);
        const pods = world.pods.flatMap((pod, i) =>
          pod.here
            ? [
                samplePod(`p${i}`, {
                  ready: pod.ready,
                  phase: pod.pending ? 'Pending' : 'Running',
                  controller: pod.managed ? controller('ReplicaSet', 'api') : null,
                }),
              ]
            : [],
        );
        const predicted = forecast(pods, [cluster.pdb()]).all.map((each) => each?.outlook);
        const outcome = new Map<string, string>();
        for (const pod of pods) if (cluster.evict(pod.name)) outcome.set(pod.name, 'AT_ONCE');
        for (let round = 0; round < 20; round++) {
          cluster.settle();
          for (const pod of pods) {
            if (!outcome.has(pod.name) && cluster.evict(pod.name)) outcome.set(pod.name, 'WAITS');
          }
        }
        expect(predicted).toEqual(pods.map((pod) => outcome.get(pod.name) ?? 'NEVER'));
        for (const each of predicted) seen.add(String(each));
      }),
      { numRuns: 3000 },
    );
    expect([...seen].sort()).toEqual(['AT_ONCE', 'NEVER', 'WAITS']);
  });

  it('never breaks a budget that was kept when the drain began', () => {
    fc.assert(
      fc.property(worlds, (world) => {
        const cluster = new Cluster(world);
        const { desiredHealthy, currentHealthy } = cluster.pdb();
        for (let i = 0; i < world.pods.length; i++) cluster.evict(`p${i}`);
        expect(cluster.healthyNow()).toBeGreaterThanOrEqual(Math.min(desiredHealthy, currentHealthy));
      }),
    );
  });
});
