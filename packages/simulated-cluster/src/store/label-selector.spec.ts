import { describe, expect, it } from 'vitest';
import { labelSelectorMatcher, parseLabelSelector } from './label-selector.js';

const labels = { app: 'web', tier: 'front', 'kubernetes.io/os': 'linux', rank: '7' };

describe('label selectors', () => {
  it.each([
    ['', true],
    ['app=web', true],
    ['app==web,tier=front', true],
    ['app!=web', false],
    ['missing!=x', true],
    ['app in (api, web)', true],
    ['app notin (api,web),tier', false],
    ['!missing', true],
    ['!app', false],
    ['kubernetes.io/os=linux', true],
    ['rank>5', true],
    ['rank<5', false],
    ['app=', false],
  ])('%j matches: %s', (text, expected) => {
    expect(parseLabelSelector(text)(labels)).toBe(expected);
  });

  it('refuses what it cannot parse', () => {
    expect(() => parseLabelSelector('a in b')).toThrow(/unable to parse requirement/);
  });

  it('matches nothing without a selector object and everything with an empty one', () => {
    expect(labelSelectorMatcher(undefined)(labels)).toBe(false);
    expect(labelSelectorMatcher({})(labels)).toBe(true);
    const expressions = [
      { key: 'app', operator: 'In', values: ['web'] },
      { key: 'gone', operator: 'DoesNotExist' },
    ];
    expect(labelSelectorMatcher({ matchLabels: { tier: 'front' }, matchExpressions: expressions })(labels)).toBe(true);
  });
});
