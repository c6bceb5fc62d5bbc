import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { JsonObject } from '../json/json-value.js';
import { fleetConfigHash, liveConfigHash } from './config-hash.js';
import { groupByConfig } from './group-by-config.js';

const base: JsonObject = {
  maxPods: 110,
  evictionHard: { 'memory.available': '100Mi' },
  syncFrequency: '1m0s',
  clusterDNS: ['10.0.0.10'],
};

describe('config hashes', () => {
  it('do not depend on order, spelling or left-out zero values', () => {
    const same: JsonObject = {
      clusterDNS: ['10.0.0.10'],
      syncFrequency: '60s',
      evictionHard: { 'memory.available': '102400Ki' },
      maxPods: 110,
      runOnce: false,
      readOnlyPort: 0,
      kind: 'KubeletConfiguration',
    };
    expect(liveConfigHash(same)).toBe(liveConfigHash(base));
    expect(liveConfigHash({ ...base, maxPods: 111 })).not.toBe(liveConfigHash(base));
    expect(liveConfigHash({ ...base, featureGates: { NodeSwap: false } })).not.toBe(liveConfigHash(base));
  });

  it('of the fleet leave out what is specific to a node, the one of a node does not', () => {
    const other = { ...base, address: '10.0.0.7', providerID: 'aws:///i-1' };
    expect(fleetConfigHash(other)).toBe(fleetConfigHash(base));
    expect(liveConfigHash(other)).not.toBe(liveConfigHash(base));
  });

  it('exist for whatever a kubelet answers', () => {
    const any = fc.dictionary(fc.string({ unit: 'binary' }), fc.jsonValue({ stringUnit: 'binary' }));
    fc.assert(fc.property(any, (live) => /^[0-9a-f]{64}$/.test(liveConfigHash(live as JsonObject))));
    expect(liveConfigHash({ x: ['\ud800', '\\ud800'], '\udfff': { '\ud83d': 1 } })).toHaveLength(64);
  });
});

describe('groupByConfig', () => {
  const drift = groupByConfig([
    {
      node: 'odd',
      live: { ...base, maxPods: 250, evictionHard: { 'memory.available': '1Gi', 'pid.available': '10%' } },
    },
    { node: 'a', live: base },
    { node: 'b', live: { ...base, address: '10.0.0.2' } },
    { node: 'gone', live: null },
    { node: 'c', live: { ...base, maxPods: 120 } },
  ]);

  it('compares outliers with the largest group', () => {
    expect(drift.groups[0]).toMatchObject({ nodes: ['a', 'b'], outlier: false, differences: [] });
    const odd = drift.groups.find(({ nodes }) => nodes.includes('odd'));
    expect(odd?.differences).toEqual([
      { path: '/evictionHard/memory.available', field: 'evictionHard', before: '100Mi', after: '1Gi' },
      { path: '/evictionHard/pid.available', field: 'evictionHard', before: undefined, after: '10%' },
      { path: '/maxPods', field: 'maxPods', before: 110, after: 250 },
    ]);
    expect(drift.unreadableNodes).toEqual(['gone']);
  });

  it('lists each differing field with all its values and who has them', () => {
    const maxPods = drift.differingFields.find(({ path }) => path === '/maxPods');
    expect(maxPods?.values.map(({ value, nodes }) => [value, nodes]).sort()).toEqual([
      [110, ['a', 'b']],
      [120, ['c']],
      [250, ['odd']],
    ]);
  });

  it('does not depend on the order of nodes', () => {
    const nodes = ['a', 'b', 'c', 'd'].map((node, i) => ({ node, live: { maxPods: 100 + (i % 3) } }));
    fc.assert(
      fc.property(fc.shuffledSubarray(nodes, { minLength: 4 }), (shuffled) => {
        expect(groupByConfig(shuffled).groups.map(({ configHash }) => configHash)).toEqual(
          groupByConfig(nodes).groups.map(({ configHash }) => configHash),
        );
      }),
    );
    expect(groupByConfig([])).toEqual({ groups: [], differingFields: [], unreadableNodes: [] });
  });
});
