import { readFileSync } from 'node:fs';
import { buildSchema, getIntrospectionQuery, validate } from 'graphql';
import { compileQuery } from 'graphql-jit';
import { describe, expect, test } from 'vitest';
import { countWork } from '../../../test/support/count-work.js';
import { DOCUMENT_LIMITS, readDocument } from './document-limits.js';
import { checkQueryLimits } from './query-limits.js';

const schema = buildSchema(readFileSync(new URL('../../../docs/api/schema.graphql', import.meta.url), 'utf8'));
const times = (count: number, text: (index: number) => string) =>
  Array.from({ length: count }, (_, i) => text(i)).join(' ');
const node = (selection: string) => `{ node(cluster: "a", name: "b") { ${selection} } }`;
const names = 'name uid labels createdAt taints { key effect value } status schedulable podCount';

describe('10.11 the limits of a document before it is validated', () => {
  test.each<[keyof typeof DOCUMENT_LIMITS, string]>([
    ['bytes', `{ node(cluster: "${'x'.repeat(DOCUMENT_LIMITS.bytes)}", name: "b") { name } }`],
    ['operations', times(11, (i) => `query Q${i} { __typename }`)],
    ['fragments', `{ __typename } ${times(26, (i) => `fragment F${i} on Node { name }`)}`],
    ['fragmentSpreads', node(times(51, () => '...F'))],
    ['variables', `query (${times(51, (i) => `$v${i}: String`)}) { __typename }`],
    ['directives', node(times(51, (i) => `a${i}: name @include(if: true)`))],
    ['repeatedFields', node(times(52, () => 'name'))],
    ['repeatedFields', node(times(52, () => '... { name }'))],
    ['repeatedFields', node(times(52, () => '... { ... { name } }'))],
    ['nesting', `{ node(cluster: ${'['.repeat(51)}${']'.repeat(51)}) { name } }`],
    ['nesting', node(`${'... { '.repeat(51)} name ${'}'.repeat(51)}`)],
  ])('%s: %#', (limit, text) => {
    expect(() => readDocument(text)).toThrow(
      expect.objectContaining({
        code: 'VALIDATION_FAILED',
        details: { extensions: expect.objectContaining({ limit }) },
      }),
    );
  });

  test('tokens, as the parser counts them, and nothing nested overflows its stack', () => {
    expect(() => readDocument(node('name '.repeat(DOCUMENT_LIMITS.tokens)))).toThrow(/tokens/);
    for (const open of ['{ a ', '... { ', '[', '{ a: ']) {
      expect(() => readDocument(`{ a(b: ${open.repeat(50_000 / open.length)}`)).toThrow();
    }
  });

  test('what tools and people send passes', () => {
    readDocument(getIntrospectionQuery());
    readDocument(readDocument(getIntrospectionQuery()).loc?.source.body as string);
  });
});

/** Each as large as the limits let it be, made to be slow in one of the steps. */
const HEAVY: Record<string, string> = {
  'repeated fields with selections': node(times(50, () => 'taints { key effect value }')),
  'repeated fields with arguments': `{ ${times(50, () => 'node(cluster: "a", name: "b") { name }')} }`,
  'repeated fields within repeated fields': `{ ${times(6, () => `node(cluster: "a", name: "b") { ${times(7, () => 'taints { key }')} }`)} }`,
  'fragments with the same fields': `${node(times(24, (i) => `...F${i}`))} ${times(24, (i) => `fragment F${i} on NodeDetail { ${names} }`)}`,
  'fragments that spread the next two': `${node('...F0')} ${times(25, (i) => `fragment F${i} on NodeDetail { ${names} ${i < 24 ? `...F${i + 1}` : ''} ${i < 23 ? `...F${i + 2}` : ''} }`)}`,
  'spreads that double': `${node('...F0')} ${times(25, (i) => `fragment F${i} on NodeDetail { ${i < 24 ? `...F${i + 1} ...F${i + 1}` : 'name'} }`)}`,
  'spreads that double up to the number of fields': `${node('...F0')} ${times(10, (i) => `fragment F${i} on NodeDetail { ${i < 9 ? `...F${i + 1} ...F${i + 1}` : 'name'} }`)}`,
  'fragments in a ring': `${node('...F0')} ${times(25, (i) => `fragment F${i} on NodeDetail { ${names} ...F${(i + 1) % 25} }`)}`,
  'unknown fields': `{ ${times(1_900, (i) => `nodez${i}`)} }`,
  'unknown long names': `{ ${times(300, (i) => `${'n'.repeat(400)}${i}`)} }`,
  'operations that share fragments': `${times(10, (i) => `query Q${i}($a: String!, $b: String!) { ${times(4, (j) => `...F${j}`)} }`)} ${times(25, (i) => `fragment F${i} on Query { x${i}: node(cluster: $a, name: $b) { name } }`)}`,
  'many fields': node(times(50, () => names)),
  'a long text': `{ node(cluster: "${'\\u0041'.repeat(20_000)}", name: "b") { name } }`,
  introspection: getIntrospectionQuery(),
};

/** From the text to the point where resolvers would run; the steps that refuse it are the end. */
function prepare(text: string): void {
  try {
    const document = readDocument(text);
    if (validate(schema, document).length === 0) {
      checkQueryLimits(schema, document, text.startsWith('query Q0') ? 'Q0' : undefined);
      compileQuery(schema, document);
    }
  } catch {
    // A refusal: its work counts like any other.
  }
}

/** The worst takes a tenth of it; what doubles with each fragment would take tens of times as much. */
const MOST_WORK = 2_000_000;

test('10.11 no document of the largest size is much work; the worst time is printed', () => {
  prepare(HEAVY.introspection as string);
  const measured = Object.entries(HEAVY).map(([name, text]) => {
    const start = performance.now();
    prepare(text);
    return { name, ms: performance.now() - start, work: countWork(() => prepare(text)) };
  });
  measured.sort((a, b) => b.ms - a.ms);
  const slowest = measured.slice(0, 4).map(({ name, ms, work }) => `${name} ${ms.toFixed(0)} ms (${work} calls)`);
  console.log(`slowest GraphQL documents within the limits: ${slowest.join(', ')}`);
  for (const { name, work } of measured) expect({ name, work: Math.min(work, MOST_WORK) }).toEqual({ name, work });
});

test('10.11 twice the document is about twice the work', () => {
  const doubling = (count: number) =>
    `${node('...F0')} ${times(count, (i) => `fragment F${i} on NodeDetail { ${i < count - 1 ? `...F${i + 1} ...F${i + 1}` : 'name'} }`)}`;
  const work = (text: string) => countWork(() => prepare(text));
  work(doubling(24));
  expect(work(doubling(24))).toBeLessThan(6 * work(doubling(12)));
});
