import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseCpuSet } from './cpu-set.js';
import { parseEvictionThreshold } from './eviction-threshold.js';
import { formatGoDuration, parseGoDuration } from './go-duration.js';
import { isAtLeast, parseKubernetesVersion } from './kubernetes-version.js';
import { isLabelValue, isQualifiedName } from './names.js';
import { editDistance, nearestName } from './nearest-name.js';
import { parseQuantity } from './quantity.js';

describe('Go durations', () => {
  it.each([
    ['0', 0n],
    ['1h30m', 5_400_000_000_000n],
    ['1.5s', 1_500_000_000n],
    ['-2m', -120_000_000_000n],
    ['100ms', 100_000_000n],
    ['.5h', 1_800_000_000_000n],
  ])('%s is read', (text, wanted) => expect(parseGoDuration(text)).toBe(wanted));

  it.each(['', '5', 's', '1 s', '1d', '--1s', '1h-1m', '9999999999h'])('%j is refused', (text) =>
    expect(parseGoDuration(text)).toBeUndefined(),
  );

  it('print as Go prints them and read back the same', () => {
    expect([90n * 10n ** 9n, 14_400n * 10n ** 9n, 1_500_000n, 0n].map(formatGoDuration)).toEqual([
      '1m30s',
      '4h0m0s',
      '1.5ms',
      '0s',
    ]);
    fc.assert(
      fc.property(fc.bigInt({ min: -(2n ** 62n), max: 2n ** 62n }), (n) => parseGoDuration(formatGoDuration(n)) === n),
    );
  });
});

describe('quantities', () => {
  it.each<[string, bigint]>([
    ['1Gi', 1_073_741_824n * 10n ** 9n],
    ['250m', 250_000_000n],
    ['1.5', 1_500_000_000n],
    ['1e3', 1_000n * 10n ** 9n],
    ['-1', -(10n ** 9n)],
    ['0.1n', 1n],
  ])('%s is read', (text, wanted) => expect(parseQuantity(text)).toBe(wanted));

  it.each(['', 'Gi', '1GiB', '1 Gi', '1.2.3', '0x10', '1KI', 'NaN'])('%j is refused', (text) =>
    expect(parseQuantity(text)).toBeUndefined(),
  );
});

it('CPU lists parse as the kernel writes them', () => {
  expect(parseCpuSet('0-2,8,1')).toEqual([0, 1, 2, 8]);
  expect(parseCpuSet('')).toEqual([]);
  expect(['a', '3-1', '1,', '-1', '0-99999'].map(parseCpuSet)).toEqual(Array(5).fill(undefined));
});

it('eviction thresholds are percentages or positive quantities', () => {
  expect(parseEvictionThreshold('10%')).toEqual({ percent: 10 });
  expect(parseEvictionThreshold('1')).toEqual({ quantity: 10n ** 9n });
  expect(['101%', '-1%', '0', '-1Gi', '%', 'ten'].map((text) => parseEvictionThreshold(text))).toEqual(
    Array(6).fill(undefined),
  );
});

it('versions of every distribution parse and compare by minor', () => {
  const eks = parseKubernetesVersion('v1.32.5-eks-1a2b3c');
  expect(eks).toEqual({ major: 1, minor: 32, patch: 5 });
  const version = eks ?? { major: 0, minor: 0, patch: 0 };
  expect(['1.32', '1.33', '0.99'].map((since) => isAtLeast(version, since))).toEqual([true, false, true]);
  expect(['', 'latest', '1', 'v1.x'].map(parseKubernetesVersion)).toEqual(Array(4).fill(undefined));
});

it('taint keys and values follow the Kubernetes grammar', () => {
  expect(['a', 'example.com/a_b', 'A.b'].every(isQualifiedName)).toBe(true);
  expect(['', '/a', 'a/', 'a/b/c', 'UPPER.com/a', '-a', 'a'.repeat(64)].some(isQualifiedName)).toBe(false);
  expect(isLabelValue('') && isLabelValue('v1.2') && !isLabelValue('a b')).toBe(true);
});

it('edit distance is a metric, and near names are found', () => {
  const word = fc.string({ maxLength: 12 });
  fc.assert(
    fc.property(word, word, word, (a, b, c) => {
      expect(editDistance(a, b)).toBe(editDistance(b, a));
      expect(editDistance(a, b) === 0).toBe(a === b);
      expect(editDistance(a, c)).toBeLessThanOrEqual(editDistance(a, b) + editDistance(b, c));
    }),
  );
  expect(nearestName('xyz', ['maxPods'])).toBeUndefined();
});
