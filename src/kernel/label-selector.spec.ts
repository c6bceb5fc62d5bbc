import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { DomainError } from './domain-error.js';
import { matchesLabels, parseLabelSelector } from './label-selector.js';

const labels = { pool: 'batch', zone: 'a', 'example.com/tier': 'gold', cores: '8', empty: '' };

describe('label selector', () => {
  it.each([
    ['', true],
    ['pool=batch', true],
    ['pool==batch', true],
    ['pool = batch', true],
    ['pool=web', false],
    ['absent=x', false],
    ['pool!=web', true],
    ['pool!=batch', false],
    ['absent!=x', true],
    ['pool in (web, batch)', true],
    ['pool in (web)', false],
    ['absent in (x)', false],
    ['pool notin (web)', true],
    ['pool notin (batch,web)', false],
    ['absent notin (x)', true],
    ['pool', true],
    ['absent', false],
    ['!pool', false],
    ['!absent', true],
    ['! absent', true],
    ['empty=', true],
    ['pool=', false],
    ['empty in ()', true],
    ['example.com/tier=gold', true],
    ['cores>4,cores<16', true],
    ['cores>8', false],
    ['pool>8', false],
    ['pool=batch,zone!=b,example.com/tier in (gold,silver),!spot', true],
    ['pool=batch,zone=b', false],
    ['constructor', false],
  ])('%s is %s', (text, expected) => {
    expect(matchesLabels(parseLabelSelector(text), labels)).toBe(expected);
  });

  it.each([
    'pool=batch,',
    ',pool',
    'pool in batch',
    'pool in (a',
    'pool in (a b)',
    'pool=a b',
    'a b',
    '-pool=x',
    'pool=-x',
    'Bad_Prefix.com/x=1',
    'a/b/c=1',
    '!',
    'pool~x',
    'cores>many',
    'pool=a)',
    'k'.repeat(5000),
  ])('refuses %s', (text) => {
    const parse = () => parseLabelSelector(text);
    expect(parse).toThrow(DomainError);
    expect(parse).toThrow(/label selector is not valid/);
  });

  it('holds exactly one of in and notin, of exists and not exists', () => {
    const word = fc.stringMatching(/^[a-z0-9]{1,5}$/);
    fc.assert(
      fc.property(word, fc.array(word, { minLength: 1 }), fc.dictionary(word, word), (key, values, some) => {
        const yes = matchesLabels(parseLabelSelector(`${key} in (${values.join(',')})`), some);
        const no = matchesLabels(parseLabelSelector(`${key} notin (${values.join(',')})`), some);
        const has = matchesLabels(parseLabelSelector(key), some);
        const lacks = matchesLabels(parseLabelSelector(`!${key}`), some);
        expect([yes !== no, has !== lacks]).toEqual([true, true]);
      }),
    );
  });
});
