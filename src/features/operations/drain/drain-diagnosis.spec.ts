import { describe, expect, it } from 'vitest';
import { NOON, samplePdb, samplePod, secondsAfter } from '../../../../test/support/sample-snapshots.js';
import { type DiagnosisInput, diagnosePod, isLate } from './drain-diagnosis.js';
import { type DrainPodStatus, NEW_DRAIN_POD } from './drain-pod-status.js';

const pod = samplePod('api-0');
const blocked: Partial<DrainPodStatus> = { state: 'BLOCKED', reason: 'DISRUPTION_BUDGET', budget: 'payments/api' };
const diagnose = (status: Partial<DrainPodStatus>, changes: Partial<DiagnosisInput> = {}): string | null =>
  diagnosePod({
    pod,
    status: { ...NEW_DRAIN_POD, ...status },
    pdbs: [samplePdb({ currentHealthy: 2, disruptionsAllowed: 0 })],
    peers: [pod, samplePod('api-1')],
    node: { name: 'worker-1', ready: true, readyChangedAt: NOON },
    now: secondsAfter(NOON, 3 * 3600),
    ...changes,
  });

const broken = samplePod('api-2', {
  nodeName: 'worker-3',
  ready: false,
  readyChangedAt: new Date('2026-11-23T14:02:31Z'),
  waiting: [{ container: 'app', reason: 'ImagePullBackOff' }],
});

describe('diagnosePod', () => {
  it('says which budget, how many are healthy, and which pod is the reason', () => {
    expect(diagnose(blocked, { peers: [pod, samplePod('api-1'), broken] })).toBe(
      'payments/api-0 waits for PDB payments/api: 2 of 3 healthy, needs 3; api-2 is not Ready since 14:02: ImagePullBackOff',
    );
  });

  it('names pods that no node takes, pods that terminate, and at most three', () => {
    const nowhere = samplePod('api-3', { ready: false, phase: 'Pending', nodeName: null, readyChangedAt: null });
    const leaving = samplePod('api-4', { ready: false, deletionTimestamp: NOON });
    expect(diagnose(blocked, { peers: [nowhere, leaving, broken, { ...broken, uid: 'x', name: 'api-5' }] })).toBe(
      'payments/api-0 waits for PDB payments/api: 2 of 3 healthy, needs 3; api-3 is Pending since 11:50: no node takes it; ' +
        'api-4 is terminating; api-2 is not Ready since 14:02: ImagePullBackOff; and 1 more',
    );
  });

  it('12.31 counts what an unready pod needs as the API server does: what the budget asks for, and no pod more', () => {
    const unready = samplePod('api-0', { ready: false });
    const pdbs = [
      samplePdb({ minAvailable: 1, desiredHealthy: 1, currentHealthy: 0, expectedPods: 2, disruptionsAllowed: 0 }),
    ];
    expect(diagnose(blocked, { pod: unready, pdbs, peers: [] })).toContain(
      '0 of 2 healthy, needs 1; api-0 is not Ready',
    );
    expect(diagnose(blocked, { pod, pdbs, peers: [] })).toContain('0 of 2 healthy, needs 2');
  });

  it('12.31 takes a terminating pod for late only some seconds after its own grace period', () => {
    const leaving = samplePod('api-0', { deletionTimestamp: NOON, deletionGracePeriodSeconds: 30 });
    const status = { ...NEW_DRAIN_POD, state: 'TERMINATING' as const };
    expect(isLate(leaving, status, secondsAfter(NOON, 9))).toBe(false);
    expect(isLate(leaving, status, secondsAfter(NOON, 10))).toBe(true);
    expect(isLate(pod, { ...status, state: 'BLOCKED' }, NOON)).toBe(true);
  });

  it('12.4 passes on the words of a webhook that denies', () => {
    const message = 'admission webhook "a.example" denied the request: not now';
    expect(diagnose({ state: 'BLOCKED', reason: 'ADMISSION_DENIED', message })).toBe(
      `payments/api-0 is kept by admission, asked again every few seconds: ${message}`,
    );
  });

  it('says that a budget can never open and what to do', () => {
    const pdbs = [
      samplePdb({ minAvailable: 1, desiredHealthy: 1, currentHealthy: 1, expectedPods: 1, disruptionsAllowed: 0 }),
    ];
    expect(diagnose(blocked, { pdbs, peers: [pod] })).toBe(
      'payments/api-0 can never pass PDB payments/api (1 expected, minAvailable 1): scale the owner of ReplicaSet payments/api to at least 2 replicas',
    );
  });

  it('is quiet about a termination within its grace period and says what holds one that is overdue', () => {
    const terminating = (changes: object) => ({
      pod: samplePod('api-0', { deletionTimestamp: NOON, deletionGracePeriodSeconds: 30, ...changes }),
      now: secondsAfter(NOON, 65),
    });
    const status = { state: 'TERMINATING' } as const;
    expect(diagnose(status, { ...terminating({}), now: secondsAfter(NOON, -10) })).toBeNull();
    const head = 'payments/api-0 should be gone: its grace period of 30 s ended 65 s ago';
    expect(diagnose(status, terminating({ finalizers: ['example.com/hold'] }))).toBe(
      `${head}; it is held by the finalizers example.com/hold`,
    );
    const node = { name: 'worker-1', ready: false, readyChangedAt: new Date('2026-11-23T11:58:10Z') };
    expect(diagnose(status, { ...terminating({}), node })).toBe(
      `${head}; node worker-1 is not Ready since 11:58, so that no kubelet confirms its end: start its kubelet, or if the ` +
        'machine is surely off, taint the node node.kubernetes.io/out-of-service=nodeshutdown:NoExecute',
    );
    expect(diagnose(status, { ...terminating({}), node: null })).toContain('the kubelet has not confirmed');
    expect(diagnose(status, terminating({}))).toBe(`${head}; the kubelet has not confirmed that its containers ended`);
  });

  it.each<[string, Partial<DrainPodStatus>]>([
    [
      'payments/api-0 waits for its namespace payments, which is terminating',
      { state: 'BLOCKED', reason: 'NAMESPACE_TERMINATING' },
    ],
    ["payments/api-0 can't be removed: not allowed", { state: 'FAILED', reason: 'FORBIDDEN', message: 'not allowed' }],
    ['payments/api-0 waits: the API server throttles requests', { state: 'PENDING', reason: 'THROTTLED' }],
  ])('%s', (text, status) => {
    expect(diagnose(status)).toBe(text);
  });

  it('has nothing to say about a pod that is on its way', () => {
    expect(diagnose({ state: 'PENDING' })).toBeNull();
    expect(diagnose({ state: 'EVICTING' })).toBeNull();
    expect(diagnose({ state: 'GONE' })).toBeNull();
  });

  it('names both of two budgets', () => {
    const pdbs = [samplePdb(), samplePdb({ name: 'all' })];
    expect(diagnose({ state: 'FAILED', reason: 'MULTIPLE_BUDGETS' }, { pdbs })).toBe(
      "payments/api-0 can't be removed: more than one disruption budget covers it (payments/api, payments/all), which the API server refuses to evict under",
    );
  });
});
