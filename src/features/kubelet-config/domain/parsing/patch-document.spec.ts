import { describe, expect, it } from 'vitest';
import { countWork } from '../../../../../test/support/count-work.js';
import { MAX_PATCH_BYTES, parsePatchDocument } from './patch-document.js';

describe('10.15 YAML that JSON can not say as it is written', () => {
  it.each<[string, string, string]>([
    ['infinity', 'maxPods: .inf', '.inf'],
    ['minus infinity', 'maxPods: -.INF', '-.INF'],
    ['no number', 'maxPods: .nan', '.nan'],
    ['a number that is too large for any', 'maxPods: 1e400', '1e400'],
    ['minus zero', 'maxPods: -0', '-0'],
    ['a whole number beyond 2^53', 'maxPods: 9007199254740993', '2^53'],
    ['the same in JSON', '{"maxPods": 9007199254740993}', '2^53'],
    ['an octal number beyond 2^53', 'maxPods: 0o7777777777777777777777', '2^53'],
    ['a time by its tag', 'a: !!timestamp 2001-12-14', 'tag'],
    ['binary', 'a: !!binary aGVsbG8=', 'tag'],
    ['a set', 'a: !!set {x, y}', 'tag'],
    ['an ordered map', 'a: !!omap [x: 1]', 'tag'],
    ['a tag of the schema', 'a: !!str 1', 'tags'],
    ['a tag of nobody', 'a: !mine 1', 'tag'],
    ['a merge', 'a: 1\n<<: {b: 2}', 'merge'],
    ['a merge of an alias', 'a: &x {b: 1}\nc:\n  <<: *x', 'anchors'],
    ['an anchor that nobody names', 'a: &x 1', 'anchors'],
    ['an alias', 'a: [1]\nb: *x', 'alias'],
    ['a key twice', 'maxPods: 1\nmaxPods: 2', 'twice'],
    ['a key twice, once in quotes', 'a: 1\n"a": 2', 'twice'],
    ['a key twice in JSON', '{"a": 1, "a": null}', 'twice'],
    ['a key twice below', 'a:\n  b: 1\n  b: 2', 'twice'],
    ['a number as a key', '1: a', 'text'],
    ['true as a key', 'true: a', 'text'],
    ['null as a key', '~: a', 'text'],
    ['a list as a key', '? [a, b]\n: c', 'text'],
    ['a prototype', '__proto__: {a: 1}', '__proto__'],
    ['a version of YAML that reads otherwise', '%YAML 1.1\n---\na: yes', 'directives'],
    ['two documents', 'a: 1\n---\nb: 2', ''],
  ])('refuses %s in words', (_name, text, word) => {
    const result = parsePatchDocument(text);
    expect(result).toEqual({
      errors: [{ pointer: '', code: 'PATCH_NOT_PARSABLE', message: expect.stringContaining(word) }],
    });
  });

  it('keeps exactly what it takes', () => {
    const text =
      'a: yes\nb: 0777\nc: 0o17\nd: 2001-12-14\ne: 1.5\nf: ~\ng: "1"\nh: 9007199254740991\ni: 1_000\nj: 12:30\n';
    const values = { a: 'yes', b: 777, c: 15, d: '2001-12-14', e: 1.5, f: null, g: '1' };
    const wanted = { ...values, h: 9007199254740991, i: '1_000', j: '12:30' };
    expect(parsePatchDocument(text)).toEqual({ patch: wanted });
  });

  it('keeps fields whose names every object has, to be refused by name and not to vanish', () => {
    const text = '{"toString": 1, "constructor": {"valueOf": 2}, "hasOwnProperty": null}';
    const result = parsePatchDocument(text);
    expect(JSON.stringify(result)).toBe(`{"patch":${text.replaceAll(': ', ':').replaceAll(', ', ',')}}`);
  });
});

/** Each as long as a patch may be, made for one part of the parser. */
const HEAVY: Record<string, string> = {
  keys: Array.from({ length: 9_000 }, (_, i) => `k${i}:`).join('\n'),
  'keys of a flow': `{${Array.from({ length: 9_000 }, (_, i) => `k${i}`).join(',')}}`,
  'closing brackets': '}'.repeat(65_000),
  'closing brackets, apart': '] '.repeat(32_000),
  commas: `[${','.repeat(65_000)}`,
  'open lists': '['.repeat(65_000),
  'lists in lists': '- '.repeat(32_000),
  'keys in keys': '? '.repeat(32_000),
  'question marks': '?\n'.repeat(32_000),
  merges: `a: &a {x: 1}\nb:\n${'  <<: *a\n'.repeat(6_000)}`,
  anchors: Array.from({ length: 5_500 }, (_, i) => `- &a${i} x`).join('\n'),
  comments: '#\n'.repeat(32_000),
  'one long line': `a: "${'\\n'.repeat(32_000)}"`,
  'deep indentation': Array.from({ length: 340 }, (_, i) => `${' '.repeat(i)}a:`).join('\n'),
  'as many as the limit lets through': '}'.repeat(3_900),
  'as many commas': `[${','.repeat(3_900)}`,
  'as many keys': Array.from({ length: 950 }, (_, i) => `k${i}:`).join('\n'),
};

/** The worst takes a tenth of it; what grows by the square of its length would take hundreds of times as much. */
const MOST_WORK = 2_000_000;

it('10.12 no patch of the largest size is much work; the worst time is printed', () => {
  parsePatchDocument('a: 1');
  const measured = Object.entries(HEAVY).map(([name, text]) => {
    expect(Buffer.byteLength(text), name).toBeLessThanOrEqual(MAX_PATCH_BYTES);
    const start = performance.now();
    parsePatchDocument(text);
    return { name, ms: performance.now() - start, work: countWork(() => parsePatchDocument(text)) };
  });
  measured.sort((a, b) => b.ms - a.ms);
  const slowest = measured.slice(0, 3).map(({ name, ms, work }) => `${name} ${ms.toFixed(0)} ms (${work} calls)`);
  console.log(`slowest patches: ${slowest.join(', ')}`);
  for (const { name, work } of measured) expect({ name, work: Math.min(work, MOST_WORK) }).toEqual({ name, work });
});
