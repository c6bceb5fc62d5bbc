import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type ApprovalRule, applicableRules, checkApprovalPolicy } from './approval-policy.js';
import { type Approver, evaluateQuorum } from './quorum.js';

const rule = (id: string, groups: string[], count: number): ApprovalRule => ({ id, groups, count });
const approver = (person: string, ...groups: string[]): Approver => ({ person, groups });

/** The most places any assignment fills, by trying them all. */
function bestByTrying(rules: readonly ApprovalRule[], approvers: readonly Approver[]): number {
  const places = rules.flatMap((r) => Array.from({ length: r.count }, () => r.groups));
  const people = [...new Set(approvers.map(({ person }) => person))];
  const groupsOf = (person: string) => approvers.filter((a) => a.person === person).flatMap(({ groups }) => groups);
  const search = (place: number, free: readonly string[]): number => {
    if (place === places.length) return 0;
    const wanted = places[place] as string[];
    const options = free.filter((person) => groupsOf(person).some((group) => wanted.includes(group)));
    const taken = options.map(
      (person) =>
        1 +
        search(
          place + 1,
          free.filter((other) => other !== person),
        ),
    );
    return Math.max(search(place + 1, free), ...taken);
  };
  return search(0, people);
}

describe('quorum', () => {
  it('finds the assignment that a greedy one misses', () => {
    const rules = [rule('platform', ['sre', 'security'], 1), rule('security', ['security'], 1)];
    const quorum = evaluateQuorum(rules, [approver('ann', 'security', 'sre'), approver('bob', 'sre')]);
    expect(quorum).toEqual({
      satisfied: true,
      assignments: [
        { ruleId: 'security', person: 'ann' },
        { ruleId: 'platform', person: 'bob' },
      ],
      missing: [],
    });
  });

  it('counts one person once, however many rules and approvals they fit', () => {
    const rules = [rule('a', ['sre'], 1), rule('b', ['sre'], 1)];
    const quorum = evaluateQuorum(rules, [approver('ann', 'sre'), approver('ann', 'sre')]);
    expect(quorum.satisfied).toBe(false);
    expect(quorum.missing).toEqual([{ ruleId: 'b', groups: ['sre'], count: 1 }]);
  });

  it('is as good as trying every assignment', () => {
    const groups = fc.subarray(['a', 'b', 'c', 'd'], { minLength: 1 });
    const rules = fc.array(fc.record({ groups, count: fc.integer({ min: 1, max: 3 }) }), { maxLength: 3 });
    const approvers = fc.array(fc.record({ person: fc.constantFrom('p', 'q', 'r', 's', 't', 'u'), groups }), {
      maxLength: 7,
    });
    fc.assert(
      fc.property(rules, approvers, (raw, given) => {
        const named = raw.map((r, i) => rule(`r${i}`, r.groups, r.count));
        const quorum = evaluateQuorum(named, given);
        const places = named.reduce((sum, { count }) => sum + count, 0);
        expect(quorum.assignments.length).toBe(bestByTrying(named, given));
        expect(quorum.satisfied).toBe(quorum.assignments.length === places);
        expect(new Set(quorum.assignments.map(({ person }) => person)).size).toBe(quorum.assignments.length);
        expect(quorum.missing.reduce((sum, { count }) => sum + count, 0)).toBe(places - quorum.assignments.length);
      }),
      { numRuns: 500 },
    );
  });
});

describe('policies', () => {
  const node = (cluster: string, labels: Record<string, string>) => ({ cluster, node: 'n', labels });
  const policy = {
    id: 'default',
    version: 1,
    rules: [
      { id: 'all', groups: ['sre'], count: 1 },
      { id: 'high', groups: ['leads'], count: 1, when: { minRisk: 'high' as const } },
      { id: 'gpu', groups: ['ml'], count: 1, when: { clusters: ['prod'], nodeSelector: 'pool=gpu' } },
      { id: 'drains', groups: ['ops'], count: 1, when: { kinds: ['DRAIN' as const] } },
      { id: 'broken', groups: ['sre'], count: 1, when: { nodeSelector: '((' } },
    ],
    approvalTtlSeconds: 3600,
    executionTtlSeconds: 3600,
    breakGlassReviewSeconds: 3600,
  };
  const chosen = (risk: 'low' | 'high', ...nodes: ReturnType<typeof node>[]) =>
    applicableRules(policy, { kind: 'KUBELET_CONFIG_CHANGE', risk, nodes }).map(({ id }) => id);

  it('choose rules by kind, risk, cluster and labels of the same node, and an unreadable selector asks rather than waives', () => {
    expect(chosen('low', node('dev', { pool: 'gpu' }))).toEqual(['all', 'broken']);
    expect(chosen('high', node('prod', { pool: 'gpu' }))).toEqual(['all', 'high', 'gpu', 'broken']);
    expect(chosen('low', node('prod', { pool: 'cpu' }), node('dev', { pool: 'gpu' }))).toEqual(['all', 'broken']);
  });

  it('are checked before they are stored', () => {
    const pointers = checkApprovalPolicy({
      ...policy,
      approvalTtlSeconds: 1,
      rules: [...policy.rules, { id: 'all', groups: [], count: 0 }],
    }).map(({ pointer }) => pointer);
    expect(pointers).toEqual([
      '/rules/4/when/nodeSelector',
      '/rules/5/id',
      '/rules/5/groups',
      '/rules/5/count',
      '/approvalTtlSeconds',
    ]);
  });
});
