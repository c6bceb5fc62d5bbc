import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseListItems } from './list-items.js';

interface List {
  items?: unknown;
}

function parsed(text: string): { list: List; items: unknown[] } {
  const items: unknown[] = [];
  const list = parseListItems<List, unknown>(Buffer.from(text), (item) => items.push(item));
  return { list, items };
}

const key = fc.oneof(fc.string(), fc.constantFrom('items', 'metadata', '"', '\\', '{[', 'é😀'));
const value = fc.letrec((tie) => ({
  any: fc.oneof(
    { maxDepth: 4 },
    fc.string({ unit: 'grapheme' }),
    key,
    fc.double({ noNaN: true, noDefaultInfinity: true }),
    fc.boolean(),
    fc.constant(null),
    tie('array'),
    tie('object'),
  ),
  array: fc.array(tie('any'), { maxLength: 4 }),
  object: fc.dictionary(key, tie('any'), { maxKeys: 4 }),
}));

describe('a list parsed item by item', () => {
  it('says the same as one parsed as a whole, wherever its items stand and however it is indented', () => {
    const before = fc.dictionary(
      key.filter((name) => name !== 'items'),
      value.any,
      { maxKeys: 3 },
    );
    const items = fc.array(value.any, { maxLength: 5 });
    const indent = fc.constantFrom(undefined, 2, '\t');
    fc.assert(
      fc.property(before, items, before, indent, (first, wanted, last, space) => {
        const whole = { ...first, items: wanted, ...last };
        const text = JSON.stringify(whole, null, space);
        const found = parsed(text);
        // As texts: a member named __proto__ must be there as well.
        expect(JSON.stringify(found.items)).toBe(JSON.stringify(JSON.parse(text).items));
        expect(JSON.stringify(found.list)).toBe(JSON.stringify({ ...JSON.parse(text), items: [] }));
      }),
      { numRuns: 500 },
    );
  });

  it('leaves lists without items, and items that are no array, as they are', () => {
    for (const text of ['{}', '{"items":null,"metadata":{}}', '{"metadata":{"items":[1]}}', '{"items":{"a":[1]}}'])
      expect(parsed(text)).toEqual({ list: JSON.parse(text), items: [] });
  });

  it('refuses what is cut off or no JSON', () => {
    const whole = '{"kind":"PodList","items":[{"a":"}]"},{"b":[1,2]}],"metadata":{}}';
    for (let length = 0; length < whole.length; length++)
      expect(() => parsed(whole.slice(0, length)), whole.slice(0, length)).toThrow(SyntaxError);
    for (const text of ['{"items":[1 2]}', '{"items":[,]}', '{"items":[{]}]}', '{"items" [1]}', 'items'])
      expect(() => parsed(text), text).toThrow(SyntaxError);
  });
});
