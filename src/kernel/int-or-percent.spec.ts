import { describe, expect, it } from 'vitest';
import { intOrPercentOf, scaled } from './int-or-percent.js';

describe('13.4 integer or percent, as in Kubernetes', () => {
  it.each([
    [1, 1],
    [99_999, 99_999],
    ['2', 2],
    ['1%', '1%'],
    ['10%', '10%'],
    ['100%', '100%'],
  ])('%j is %j', (given, expected) => expect(intOrPercentOf(given)).toBe(expected));

  it.each([
    0,
    -1,
    1.5,
    100_000,
    '0',
    '0%',
    '00%',
    '010%',
    '101%',
    '10.5%',
    '%',
    '10 %',
    ' 10%',
    '-10%',
    '1e1',
    '',
    null,
    true,
    {},
    [1],
    Number.NaN,
  ])('%j is neither', (given) => expect(intOrPercentOf(given)).toBeUndefined());

  it.each([
    [3, 10, 3],
    ['10%', 10, 1],
    ['10%', 19, 1],
    ['10%', 3, 1],
    ['50%', 3, 1],
    ['100%', 7, 7],
  ] as const)('%s of %d is %d', (value, of, expected) => expect(scaled(value, of)).toBe(expected));
});
