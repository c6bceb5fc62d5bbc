import { describe, expect, it } from 'vitest';
import { FaultInjector, type FaultTarget } from './fault-injector.js';

const target = (fields: Partial<FaultTarget> = {}): FaultTarget => ({
  verb: 'create',
  resource: 'pods',
  subresource: 'eviction',
  namespace: 'web',
  name: 'a',
  path: '/api/v1/namespaces/web/pods/a/eviction',
  user: 'u',
  ...fields,
});

describe('FaultInjector', () => {
  it('strikes only what matches, and only so often', () => {
    const faults = new FaultInjector();
    const effect = { status: 500 };
    faults.set({ id: 'x', match: { subresource: 'eviction', path: '^/api/v1/namespaces/web/' }, effect, remaining: 2 });
    expect(faults.strike(target({ subresource: '' }))).toBeUndefined();
    expect(faults.strike(target({ path: '/api/v1/namespaces/other/pods/a/eviction' }))).toBeUndefined();
    expect([1, 2, 3].map(() => faults.strike(target()))).toEqual([effect, effect, undefined]);
    expect(faults.list()).toMatchObject([{ id: 'x', remaining: 0, struck: 2 }]);
    faults.remove('x');
    expect(faults.list()).toEqual([]);
  });

  it('draws the same for the same seed', () => {
    const draws = (seed: number) => {
      const faults = new FaultInjector(seed);
      faults.set({ id: 'half', effect: { status: 503 }, probability: 0.5 });
      return Array.from({ length: 200 }, () => faults.strike(target()) !== undefined);
    };
    expect(draws(3)).toEqual(draws(3));
    const struck = draws(3).filter(Boolean).length;
    expect(struck).toBeGreaterThan(60);
    expect(struck).toBeLessThan(140);
  });
});
