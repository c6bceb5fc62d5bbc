import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { observedNode, SimulatedMaintenance } from '../../../test/support/simulated-maintenance.js';
import { isRunOver, type MaintenanceRun, RUN_NODE_PHASES, RUN_STATES } from './maintenance-run.js';
import { runProgress } from './run-progress.js';

const workers = (...names: string[]) => names.map((name) => observedNode(name, { zone: `zone-${name[0]}` }));
const masters = (...healthy: boolean[]) =>
  healthy.map((etcdHealthy, i) => observedNode(`m${i}`, { zone: 'zone-a', controlPlane: true, etcdHealthy }));
const CANCEL = { type: 'CANCEL', by: 'ann', undo: true } as const;

describe('a rolling run', () => {
  it('drains zone by zone, takes its cordons back, and does the control plane last', () => {
    const world = new SimulatedMaintenance([...masters(true, true, true), ...workers('b1', 'a1', 'a2')], {
      maxUnavailable: 2,
    }).advance();
    expect(world.run.state).toBe('SUCCEEDED');
    expect(world.started.filter((key) => key.endsWith('OPERATING'))).toEqual(
      ['a1', 'a2', 'b1', 'm0', 'm1', 'm2'].map((name) => `${name}:OPERATING`),
    );
    expect(world.nodes.every((node) => !node.unschedulable)).toBe(true);
    expect(world.mostUnavailable).toBe(2);
    expect(world.mostControlPlane).toBe(1);
  });

  it('12.5 goes on when a node leaves the cluster, before, during or after its drain', () => {
    const remove = (world: SimulatedMaintenance, name: string) =>
      world.nodes.splice(
        world.nodes.findIndex((node) => node.name === name),
        1,
      );
    const world = new SimulatedMaintenance(workers('a1', 'a2', 'a3'), { maxUnavailable: 1 }, { seconds: () => 10 });
    world.advance(5);
    remove(world, 'a1');
    world.advance();
    expect(world.run.state).toBe('SUCCEEDED');
    expect(world.phases()).toEqual({ a1: 'DONE', a2: 'DONE', a3: 'DONE' });
    expect(world.run.nodes[0]).toMatchObject({ ownCordon: false, failure: { code: 'NODE_GONE' } });

    const early = new SimulatedMaintenance(workers('b1', 'b2'), { maxUnavailable: 1 }, { crashes: () => true });
    early.step();
    early.tell({ type: 'OPERATION_REFUSED', nodeUid: 'uid-b1', code: 'NODE_NOT_FOUND', message: 'no node "b1"' });
    expect(early.run).toMatchObject({
      state: 'RUNNING',
      nodes: [{ phase: 'SKIPPED', failure: { code: 'NODE_GONE' } }, {}],
    });
  });

  it('counts nodes that are not Ready or cordoned already, and says what it waits for', () => {
    const nodes = [...workers('a1', 'a2', 'a3'), observedNode('down', { ready: false, busy: true, zone: 'zone-a' })];
    const world = new SimulatedMaintenance(nodes, { maxUnavailable: 1 }).advance(20);
    expect(world.started).toEqual([]);
    expect(world.waiting).toEqual([
      'another operation holds down',
      '1 nodes are unavailable or worked on, and maxUnavailable is 1',
    ]);
    world.change('down', { ready: true, busy: false });
    expect(world.advance().run.state).toBe('SUCCEEDED');
  });

  it('works on a node that is down already before it takes another one away', () => {
    const world = new SimulatedMaintenance([...workers('a1', 'a2'), observedNode('z', { unschedulable: true })], {});
    world.advance();
    expect(world.started[0]).toBe('z:OPERATING');
    expect(world.phases()).toMatchObject({ z: 'DONE' });
    expect(world.nodes.find((node) => node.name === 'z')?.unschedulable).toBe(true);
  });

  it('reads maxUnavailable as a share of the selected nodes, rounded down but not to nothing', () => {
    const names = ['a1', 'a2', 'a3', 'a4', 'a5', 'a6', 'a7'];
    expect(new SimulatedMaintenance(workers(...names), { maxUnavailable: '30%' }).advance().mostUnavailable).toBe(2);
    expect(new SimulatedMaintenance(workers(...names), { maxUnavailable: '1%' }).advance().mostUnavailable).toBe(1);
  });

  it('pauses for a gate after the canaries and goes on when it is resumed', () => {
    const world = new SimulatedMaintenance(workers('a1', 'a2', 'b1'), {
      maxUnavailable: 3,
      canary: { count: 1 },
    }).advance();
    expect(world.run).toMatchObject({ state: 'PAUSED', pause: { reason: 'CANARY_GATE' } });
    expect(world.phases()).toEqual({ a1: 'DONE', a2: 'PENDING', b1: 'PENDING' });
    world.tell({ type: 'RESUME', by: 'ann' });
    expect(world.advance().run.state).toBe('SUCCEEDED');
  });

  it('soaks after the canaries and goes on by itself', () => {
    const world = new SimulatedMaintenance(workers('a1', 'a2'), { canary: { count: 1, soakSeconds: 100 } }).advance(60);
    expect(world.phases()).toEqual({ a1: 'DONE', a2: 'PENDING' });
    const canary = world.run.nodes.find((node) => node.canary);
    world.advance();
    const next = world.run.nodes.find((node) => node.name === 'a2');
    expect(world.run.state).toBe('SUCCEEDED');
    expect((next?.startedAt?.getTime() ?? 0) - (canary?.finishedAt?.getTime() ?? 0)).toBe(100_000);
  });

  it('stops at the first failure, or goes on if told to, but never past a failed canary', () => {
    const fails = (node: string) => node === 'a1';
    const stopped = new SimulatedMaintenance(workers('a1', 'a2'), {}, { fails }).advance();
    expect(stopped.run).toMatchObject({
      state: 'FAILED',
      failure: { code: 'NODES_FAILED', message: 'a1: a pod can not go' },
    });
    expect(stopped.phases()).toEqual({ a1: 'FAILED', a2: 'PENDING' });
    const goesOn = { onNodeFailure: 'CONTINUE', maxUnavailable: 2 } as const;
    const continued = new SimulatedMaintenance(workers('a1', 'a2', 'a3'), goesOn, { fails }).advance();
    expect(continued.run.state).toBe('FAILED');
    expect(continued.phases()).toEqual({ a1: 'FAILED', a2: 'DONE', a3: 'DONE' });
    const canary = new SimulatedMaintenance(
      workers('a1', 'a2'),
      { ...goesOn, canary: { count: 1 } },
      { fails },
    ).advance();
    expect(canary.phases()).toEqual({ a1: 'FAILED', a2: 'PENDING' });
  });

  it('keeps the health gate shut while pods find no node, and fails the node when that lasts', () => {
    const spec = { healthGate: { timeoutSeconds: 30, stableSeconds: 5 } };
    const world = new SimulatedMaintenance(workers('a1', 'a2'), spec).advance(2);
    world.pendingPods = 2;
    world.advance(15);
    expect(world.phases()).toEqual({ a1: 'SETTLING', a2: 'PENDING' });
    expect(world.waiting).toContain('health gate of a1: 2 more pods than before find no node');
    world.pendingPods = 0;
    world.advance(7);
    expect(world.phases()).toEqual({ a1: 'DONE', a2: 'OPERATING' });
    world.pendingPods = 1;
    expect(world.advance().run.failure?.message).toContain('not healthy 30 s after the node was done');
  });

  it('holds drained nodes until somebody uncordons or releases them', () => {
    const world = new SimulatedMaintenance(workers('a1', 'a2', 'a3'), {
      action: 'DRAIN_AND_HOLD',
      maxUnavailable: 2,
    }).advance(30);
    expect(world.phases()).toEqual({ a1: 'HOLDING', a2: 'HOLDING', a3: 'PENDING' });
    world.change('a1', { unschedulable: false });
    world.tell({ type: 'RELEASE', nodeUid: 'uid-a2' });
    world.advance(30);
    expect(world.phases()).toEqual({ a1: 'DONE', a2: 'DONE', a3: 'HOLDING' });
    expect(world.started).toContain('a2:RELEASING');
    expect(world.started).not.toContain('a1:RELEASING');
  });

  it('cordons all without holding itself up, and undoes only its own on cancel', () => {
    const nodes = [...workers('a1', 'a2'), observedNode('mine', { unschedulable: true }), ...workers('b1')];
    const world = new SimulatedMaintenance(
      nodes,
      { action: 'CORDON' },
      { seconds: (node) => (node === 'b1' ? 1000 : 2) },
    );
    world.advance(60);
    expect(world.phases()).toMatchObject({ a1: 'DONE', a2: 'DONE', mine: 'DONE', b1: 'OPERATING' });
    world.tell(CANCEL);
    expect(world.advance().run.state).toBe('CANCELLED');
    expect(world.nodes.filter((node) => node.unschedulable).map((node) => node.name)).toEqual(['mine']);
    expect(world.phases()).toMatchObject({ a1: 'UNDONE', a2: 'UNDONE', mine: 'DONE', b1: 'SKIPPED' });
  });

  it('leaves its cordons on a cancel without undo', () => {
    const world = new SimulatedMaintenance(workers('a1', 'a2'), { action: 'DRAIN_AND_HOLD' }).advance(10);
    world.tell({ ...CANCEL, undo: false });
    expect(world.advance().run.state).toBe('CANCELLED');
    expect(world.nodes[0]?.unschedulable).toBe(true);
  });

  it('finishes what is under way while paused, and begins nothing', () => {
    const world = new SimulatedMaintenance(workers('a1', 'a2'), {}).advance(1);
    world.tell({ type: 'PAUSE', by: 'ann', reason: 'REQUESTED' });
    for (let i = 0; i < 20; i++, world.second++) world.step();
    expect(world.phases()).toEqual({ a1: 'DONE', a2: 'PENDING' });
    world.tell({ type: 'RESUME', by: 'ann' });
    expect(world.advance().run.state).toBe('SUCCEEDED');
  });

  it('resolves the selection again: new nodes join, nodes that left are skipped', () => {
    const world = new SimulatedMaintenance(workers('a1', 'a2', 'a3'), {}).advance(2);
    world.change('a2', { selected: false });
    world.nodes.splice(2, 1, observedNode('a9'));
    expect(world.advance().run.state).toBe('SUCCEEDED');
    expect(world.phases()).toEqual({ a1: 'DONE', a2: 'SKIPPED', a3: 'SKIPPED', a9: 'DONE' });
    expect(world.run.nodes.map((node) => node.failure?.code ?? null)).toEqual([
      null,
      'NOT_SELECTED',
      'NODE_GONE',
      null,
    ]);
  });

  it('takes a cluster without nodes for a blind reader', () => {
    const world = new SimulatedMaintenance(workers('a1', 'a2'), {}).advance(1);
    const nodes = world.nodes.splice(0);
    world.advance(5);
    expect(world.phases()).toEqual({ a1: 'OPERATING', a2: 'PENDING' });
    world.nodes.push(...nodes);
    expect(world.advance().run.state).toBe('SUCCEEDED');
  });

  it.each<[string, boolean[], string, string]>([
    ['three healthy members', [true, true, true], 'SUCCEEDED', 'DONE'],
    ['a member that is down elsewhere', [true, false, true], 'RUNNING', 'PENDING'],
    ['two members', [true, true], 'SUCCEEDED', 'SKIPPED'],
    ['one member', [true], 'SUCCEEDED', 'SKIPPED'],
  ])('guards the etcd quorum: %s', (_title, members, state, phase) => {
    const world = new SimulatedMaintenance(masters(...members), {
      action: 'RESTART_KUBELET',
      maxUnavailable: 3,
    }).advance(100);
    expect(world.run.state).toBe(state);
    expect(world.phases().m0).toBe(phase);
  });

  it('estimates the rest from the nodes that are done', () => {
    const world = new SimulatedMaintenance(workers('a1', 'a2', 'a3', 'a4'), {}, { seconds: () => 10 });
    expect(runProgress(world.advance(5).run, world.now()).etaSeconds).toBeNull();
    const progress = runProgress(world.advance(20).run, world.now());
    expect(progress).toMatchObject({ total: 4, done: 1, percent: 25 });
    expect(progress.etaSeconds).toBeGreaterThan(20);
    expect(progress.etaSeconds).toBeLessThan(60);
  });
});

const worlds = fc.record({
  nodes: fc.array(
    fc.record({
      zone: fc.constantFrom('a', 'b', 'c'),
      master: fc.integer({ min: 0, max: 4 }).map((n) => n === 0),
      cordoned: fc.integer({ min: 0, max: 5 }).map((n) => n === 0),
    }),
    { minLength: 1, maxLength: 12 },
  ),
  action: fc.constantFrom(
    'CORDON' as const,
    'DRAIN' as const,
    'DRAIN_AND_HOLD' as const,
    'RESTART_KUBELET' as const,
    'UNCORDON' as const,
  ),
  maxUnavailable: fc.integer({ min: 1, max: 5 }),
  zoneByZone: fc.boolean(),
  canary: fc.option(fc.record({ count: fc.integer({ min: 1, max: 3 }), soakSeconds: fc.constantFrom(0, 7) })),
  seconds: fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 5, maxLength: 5 }),
  crashes: fc.array(fc.boolean(), { minLength: 1, maxLength: 30 }),
  failAt: fc.integer({ min: -6, max: 11 }),
  cancelAt: fc.option(fc.integer({ min: 0, max: 60 })),
});

type World = typeof worlds extends fc.Arbitrary<infer W> ? W : never;

function build({
  nodes,
  seconds,
  crashes,
  failAt,
  action,
  maxUnavailable,
  zoneByZone,
  canary,
}: World): SimulatedMaintenance {
  let crash = 0;
  return new SimulatedMaintenance(
    nodes.map(({ zone, master, cordoned }, i) =>
      observedNode(`n${i}`, { zone, controlPlane: master, unschedulable: cordoned }),
    ),
    { action, maxUnavailable, zoneByZone, canary, onNodeFailure: 'CONTINUE' },
    {
      seconds: (node) => seconds[Number(node.slice(1)) % 5] as number,
      fails: (node) => node === `n${failAt}`,
      crashes: () => crashes[crash++] ?? false,
    },
  );
}

/** Uncordons held nodes now and then; cancels when told, and late, since failed nodes that stay cordoned can use up maxUnavailable. */
function live(world: SimulatedMaintenance, cancelAt: number | null, look: (run: MaintenanceRun) => void): void {
  while (world.second < 600 && !isRunOver(world.run.state)) {
    world.step();
    look(world.run);
    const held = world.second % 5 === 0 ? world.run.nodes.filter((node) => node.phase === 'HOLDING') : [];
    for (const node of held) world.change(node.name, { unschedulable: false });
    const cancel = world.second === cancelAt || world.second === 300;
    if (cancel && world.run.state === 'RUNNING') world.tell(CANCEL);
    world.second++;
  }
}

describe('every rolling run', () => {
  it('ends, does each step of a node once in spite of crashes, and never takes away more than it may', () => {
    const states = new Set<string>();
    const phases = new Set<string>();
    fc.assert(
      fc.property(worlds, (input) => {
        const world = build(input);
        const before = new Set(world.nodes.filter((node) => node.unschedulable).map((node) => node.name));
        live(world, input.cancelAt, (run) => {
          states.add(run.state);
          for (const node of run.nodes) phases.add(node.phase);
        });
        expect(isRunOver(world.run.state)).toBe(true);
        expect(new Set(world.started).size).toBe(world.started.length);
        const disrupts = input.action !== 'CORDON' && input.action !== 'UNCORDON';
        const most = disrupts ? Math.max(input.maxUnavailable, before.size) : world.nodes.length;
        expect(world.mostUnavailable).toBeLessThanOrEqual(most);
        const left = world.nodes.filter((node) => node.unschedulable && !before.has(node.name));
        if (world.run.state === 'CANCELLED') expect(left).toEqual([]);
      }),
      { numRuns: 1000 },
    );
    expect([...states].sort()).toEqual(
      [...RUN_STATES].filter((state) => state !== 'PAUSED' && state !== 'AWAITING_APPROVAL').sort(),
    );
    expect([...phases].sort()).toEqual([...RUN_NODE_PHASES].sort());
  });
});
