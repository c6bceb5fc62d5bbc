import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { deepFreeze } from '../store/deep-freeze.js';
import { applyJsonPatch } from './apply-json-patch.js';
import { applyMergePatch } from './apply-merge-patch.js';
import { applyStrategicPatch } from './apply-strategic-patch.js';

describe('JSON patch', () => {
  const document = deepFreeze({ a: { b: [1, 2, 3] }, 'x/y': 1 });

  it.each([
    [[{ op: 'add', path: '/a/b/1', value: 9 }], { a: { b: [1, 9, 2, 3] }, 'x/y': 1 }],
    [[{ op: 'add', path: '/a/b/-', value: 9 }], { a: { b: [1, 2, 3, 9] }, 'x/y': 1 }],
    [[{ op: 'remove', path: '/a/b/0' }], { a: { b: [2, 3] }, 'x/y': 1 }],
    [[{ op: 'replace', path: '/x~1y', value: 2 }], { a: { b: [1, 2, 3] }, 'x/y': 2 }],
    [[{ op: 'move', from: '/x~1y', path: '/a/c' }], { a: { b: [1, 2, 3], c: 1 } }],
    [[{ op: 'copy', from: '/a/b', path: '/d' }], { a: { b: [1, 2, 3] }, 'x/y': 1, d: [1, 2, 3] }],
    [[{ op: 'test', path: '/x~1y', value: 1 }], document],
  ])('%j', (patch, expected) => {
    expect(applyJsonPatch(document, patch)).toEqual(expected);
  });

  it.each([
    [[{ op: 'test', path: '/x~1y', value: 2 }]],
    [[{ op: 'remove', path: '/nothing' }]],
    [[{ op: 'replace', path: '/a/b/7', value: 1 }]],
    [[{ op: 'jump', path: '/a' }]],
  ])('refuses %j with 422', (patch) => {
    expect(() => applyJsonPatch(document, patch)).toThrow(expect.objectContaining({ code: 422 }));
  });
});

describe('merge patch', () => {
  it('merges maps, replaces lists, removes null', () => {
    const target = deepFreeze({ a: { b: 1, c: 2 }, l: [1, 2] });
    expect(applyMergePatch(target, { a: { b: null, d: 3 }, l: [9] })).toEqual({ a: { c: 2, d: 3 }, l: [9] });
  });

  it('is idempotent and leaves its input alone', () => {
    const value = fc.jsonValue({ maxDepth: 3 });
    fc.assert(
      fc.property(value, value, (target, patch) => {
        const before = JSON.stringify(target);
        const once = applyMergePatch(target, patch);
        expect(applyMergePatch(once, patch)).toEqual(once);
        expect(JSON.stringify(target)).toBe(before);
      }),
    );
  });
});

describe('strategic merge patch', () => {
  const node = deepFreeze({
    metadata: { finalizers: ['a'], labels: { x: '1' } },
    spec: { unschedulable: true, taints: [{ key: 'k', effect: 'NoSchedule' }] },
    status: {
      conditions: [
        { type: 'Ready', status: 'True', reason: 'Fine' },
        { type: 'DiskPressure', status: 'False' },
      ],
    },
  });

  it('merges conditions by type and finalizers as a set', () => {
    const patched = applyStrategicPatch(node, {
      metadata: { finalizers: ['b'] },
      status: {
        conditions: [
          { type: 'Ready', status: 'False' },
          { type: 'New', status: 'True' },
        ],
      },
    });
    expect(patched.metadata.finalizers).toEqual(['a', 'b']);
    expect(patched.status.conditions).toEqual([
      { type: 'Ready', status: 'False', reason: 'Fine' },
      { type: 'DiskPressure', status: 'False' },
      { type: 'New', status: 'True' },
    ]);
    expect(node.status.conditions).toHaveLength(2);
  });

  it('replaces taints, as the real API does', () => {
    const taints = [{ key: 'other', effect: 'NoExecute' }];
    expect(applyStrategicPatch(node, { spec: { taints } }).spec.taints).toEqual(taints);
    expect(applyStrategicPatch(node, { spec: { taints: null, unschedulable: null } }).spec).toEqual({});
  });

  it('follows the $ directives', () => {
    const deleted = { status: { conditions: [{ type: 'DiskPressure', $patch: 'delete' }] } };
    expect(applyStrategicPatch(node, deleted).status.conditions.map((item: { type: string }) => item.type)).toEqual([
      'Ready',
    ]);
    const replaced = { status: { conditions: [{ $patch: 'replace' }, { type: 'Only' }] } };
    expect(applyStrategicPatch(node, replaced).status.conditions).toEqual([{ type: 'Only' }]);
    expect(
      applyStrategicPatch(node, { metadata: { '$deleteFromPrimitiveList/finalizers': ['a'] } }).metadata.finalizers,
    ).toEqual([]);
    expect(applyStrategicPatch(node, { metadata: { $patch: 'replace', name: 'n' } }).metadata).toEqual({ name: 'n' });
    expect(applyStrategicPatch(node, { spec: { $retainKeys: ['taints'], taints: [] } }).spec).toEqual({ taints: [] });
  });

  it('merges containers by name and their env by name', () => {
    const spec = { containers: [{ name: 'a', image: '1', env: [{ name: 'X', value: '1' }] }, { name: 'b' }] };
    const patch = { containers: [{ name: 'a', image: '2', env: [{ name: 'Y', value: '2' }] }] };
    expect(applyStrategicPatch(deepFreeze(spec), patch).containers).toEqual([
      {
        name: 'a',
        image: '2',
        env: [
          { name: 'X', value: '1' },
          { name: 'Y', value: '2' },
        ],
      },
      { name: 'b' },
    ]);
  });
});
