import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Actor, RoleBinding } from '../../../kernel/actor.js';
import { AuditTrail, type NewAuditEvent } from '../../../kernel/audit-trail.js';
import { UnitOfWork } from '../../../platform/postgres/unit-of-work.js';
import { ACCESS_ACTIONS, type AccessAction } from '../domain/access-action.js';
import type { AccessResource } from '../domain/access-resource.js';
import { ROLES } from '../domain/role.js';
import { CedarPolicyEngine } from '../infra/cedar-policy-engine.js';
import { PolicyAccessControl } from './policy-access-control.service.js';

class KeptTrail extends AuditTrail {
  readonly events: NewAuditEvent[] = [];
  override async record(events: readonly NewAuditEvent[]): Promise<string[]> {
    this.events.push(...events);
    return events.map((_, index) => String(index));
  }
  override async close(): Promise<void> {
    throw new Error('not used here');
  }
  override async closeOverdue(): Promise<void> {
    throw new Error('not used here');
  }
}

const trail = new KeptTrail();
class NoTransactions extends UnitOfWork {
  override run<T>(work: () => Promise<T>): Promise<T> {
    return work();
  }
}
const access = new PolicyAccessControl(new CedarPolicyEngine(), trail, new NoTransactions());

const actor = (...bindings: RoleBinding[]): Actor => ({
  type: 'person',
  id: 'token:1',
  displayName: 'someone',
  groups: [],
  bindings,
  authMethod: 'api-token',
});
const everywhere = (role: string): RoleBinding => ({ role, clusters: ['*'] });
const node = (labels: Record<string, string> = {}, cluster = 'a'): AccessResource => ({
  type: 'Node',
  cluster,
  name: 'node-1',
  labels,
});

const READS: AccessAction[] = [
  'cluster.read',
  'node.read',
  'node.kubelet.read',
  'operation.read',
  'maintenance-run.read',
  'csr.read',
  'kubelet-config-change.read',
  'approval-policy.read',
];
const OPERATES: AccessAction[] = [
  'node.cordon',
  'node.uncordon',
  'node.drain',
  'node.restart-kubelet',
  'node.set-verbosity',
  'operation.cancel',
  'maintenance-run.start',
  'maintenance-run.control',
  'kubelet-config-change.execute',
];

test.each<[string, AccessAction[]]>([
  ['viewer', READS],
  ['log-reader', [...READS, 'node.logs.read', 'pod.logs.read']],
  ['operator', [...READS, ...OPERATES, 'node.logs.read', 'kubelet-config-change.write']],
  ['change-author', [...READS, 'kubelet-config-change.write', 'kubelet-config-change.execute']],
  ['approver', [...READS, 'kubelet-config-change.review', 'operation.review', 'csr.approve', 'csr.deny']],
  ['auditor', [...READS, 'audit.read', 'api-token.read']],
  ['admin', [...ACCESS_ACTIONS]],
  [
    'break-glass',
    [
      ...READS,
      ...OPERATES,
      'node.logs.read',
      'node.drain.escalate',
      'freeze-window.override',
      'kubelet-config-change.write',
      'kubelet-config-change.break-glass',
      'operation.break-glass',
    ],
  ],
  ['unknown-role', []],
])('%s may do exactly this', (role, expected) => {
  const allowed = ACCESS_ACTIONS.filter((action) => access.decide(actor(everywhere(role)), action, node()).allowed);
  expect(allowed).toEqual(ACCESS_ACTIONS.filter((action) => expected.includes(action)));
});

test('every role of the list has a policy', () => {
  for (const role of ROLES)
    expect(access.decide(actor(everywhere(role)), 'node.read', node()).policyIds).not.toEqual([]);
});

test('a decision names its policies, and a denial tells a wrong role from a wrong scope', () => {
  const scoped = actor({ role: 'operator', clusters: ['a'], nodeSelector: 'pool=batch' });
  expect(access.decide(scoped, 'node.drain', node({ pool: 'batch' }))).toMatchObject({
    allowed: true,
    policyIds: ['operate.by-operator'],
    outOfScope: false,
  });
  expect(access.decide(scoped, 'node.drain', node({ pool: 'web' }))).toMatchObject({
    allowed: false,
    policyIds: [],
    outOfScope: true,
  });
  expect(access.decide(scoped, 'node.drain', node({ pool: 'batch' }, 'b'))).toMatchObject({ outOfScope: true });
  expect(access.decide(scoped, 'audit.read', { type: 'System' })).toMatchObject({ allowed: false, outOfScope: false });
});

test('a role over some nodes sees the cluster and starts nothing on the whole of it', () => {
  const scoped = actor({ role: 'operator', clusters: ['a'], nodeSelector: 'pool=batch' });
  const cluster: AccessResource = { type: 'Cluster', cluster: 'a' };
  expect(access.decide(scoped, 'cluster.read', cluster).allowed).toBe(true);
  expect(access.decide(scoped, 'maintenance-run.start', cluster).allowed).toBe(false);
  expect(access.decide(scoped, 'cluster.read', { type: 'Cluster', cluster: 'b' }).allowed).toBe(false);
});

test('system-wide actions need a role without limits', () => {
  const system: AccessResource = { type: 'System' };
  expect(access.decide(actor({ role: 'auditor', clusters: ['a'] }), 'audit.read', system).allowed).toBe(false);
  expect(access.decide(actor(everywhere('auditor')), 'audit.read', system).allowed).toBe(true);
});

test('a selector that can not be read grants nothing', () => {
  const broken = actor({ role: 'admin', clusters: ['*'], nodeSelector: 'pool in (' });
  expect(access.decide(broken, 'node.read', node({ pool: 'x' })).allowed).toBe(false);
});

test('a denial is audited, then thrown', async () => {
  const caller = { actor: actor(everywhere('viewer')), request: { requestId: 'r1' } };
  await expect(access.require(caller, 'node.drain', node())).rejects.toMatchObject({ code: 'FORBIDDEN' });
  expect(trail.events.at(-1)).toMatchObject({
    kind: 'DENIED',
    action: 'node.drain',
    outcome: 'DENIED',
    resource: { type: 'Node', cluster: 'a', name: 'node-1' },
  });
});

const binding: fc.Arbitrary<RoleBinding> = fc.record(
  {
    role: fc.constantFrom(...ROLES),
    clusters: fc.subarray(['a', 'b', '*'], { minLength: 1 }),
    nodeSelector: fc.constantFrom('pool=batch', 'pool!=batch', 'zone in (x,y)', '!zone'),
  },
  { requiredKeys: ['role', 'clusters'] },
);
const labels = fc.record(
  { pool: fc.constantFrom('batch', 'web'), zone: fc.constantFrom('x', 'z') },
  { requiredKeys: [] },
);
const cluster = fc.constantFrom('a', 'b');
const resource: fc.Arbitrary<AccessResource> = fc.oneof(
  fc.record({ type: fc.constant('Node' as const), cluster, name: fc.constant('n'), labels }),
  fc.record({ type: fc.constant('Cluster' as const), cluster }),
  fc.record({ type: fc.constant('System' as const) }),
  fc.record(
    {
      type: fc.constant('Namespace' as const),
      cluster,
      name: fc.constant('ns'),
      node: fc.record({ name: fc.constant('n'), labels }),
    },
    { requiredKeys: ['type', 'cluster', 'name'] },
  ),
);

test('a filtered list holds exactly what single decisions allow', () => {
  fc.assert(
    fc.property(
      fc.array(binding, { maxLength: 4 }),
      fc.constantFrom(...ACCESS_ACTIONS),
      fc.array(resource, { maxLength: 12 }),
      (bindings, action, resources) => {
        const who = actor(...bindings);
        const expected = resources.filter((one) => access.decide(who, action, one).allowed);
        expect(access.filter(who, action, resources, (one) => one)).toEqual(expected);
      },
    ),
    { numRuns: 500 },
  );
});

test('more bindings never take access away', () => {
  fc.assert(
    fc.property(
      fc.array(binding, { maxLength: 3 }),
      binding,
      fc.constantFrom(...ACCESS_ACTIONS),
      resource,
      (few, more, action, one) => {
        if (access.decide(actor(...few), action, one).allowed) {
          expect(access.decide(actor(...few, more), action, one).allowed).toBe(true);
        }
      },
    ),
  );
});
