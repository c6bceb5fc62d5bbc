import { describe, expect, it } from 'vitest';
import { describeDrift, targetDrift } from './target-drift.js';

const target = (node: string, uid = `uid-${node}`) => ({ cluster: 'demo', node, uid });
const names = (count: number) => Array.from({ length: count }, (_, at) => `n${String(at).padStart(2, '0')}`);

describe('target drift', () => {
  it('is none for the same nodes in another order', () => {
    expect(targetDrift([target('a'), target('b')], [target('b'), target('a')])).toBeNull();
  });

  it('tells nodes that came in, went out and were replaced', () => {
    const drift = targetDrift(
      [target('a'), target('b'), target('c')],
      [target('d'), target('c', 'other'), target('a')],
    );
    expect(drift).toEqual({ added: ['d'], removed: ['b'], replaced: ['c'] });
    expect(drift && describeDrift(drift)).toBe(
      'the nodes are not those that were approved (came in: d; went out: b; was replaced: c)',
    );
  });

  it('keeps clusters apart', () => {
    expect(targetDrift([target('a')], [{ ...target('a'), cluster: 'other' }])).toEqual({
      added: ['a'],
      removed: ['a'],
      replaced: [],
    });
  });

  it('names at most twenty nodes in a sentence', () => {
    expect(describeDrift({ added: names(22), removed: [], replaced: [] })).toMatch(/n19 and 2 more\)$/);
  });
});
