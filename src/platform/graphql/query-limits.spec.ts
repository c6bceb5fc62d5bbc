import { readFileSync } from 'node:fs';
import { buildSchema, getIntrospectionQuery, parse } from 'graphql';
import { describe, expect, test } from 'vitest';
import { checkQueryLimits, QUERY_LIMITS } from './query-limits.js';

const schema = buildSchema(`
  type Query { nodes(first: Int = 50): Nodes! node(name: String): Node! }
  type Nodes { items: [Node!]! totalCount: Int }
  type Node { name: String! labels: String! peer: Node! pods(first: Int): Pods! }
  type Pods { items: [Pod!]! }
  type Pod { name: String! phase: String! }
`);

const check = (query: string, variables: Record<string, unknown> = {}, operation?: string) =>
  checkQueryLimits(schema, parse(query), operation, variables);

const nested = (depth: number) => `{ node ${'{ peer '.repeat(depth)}{ name }${' }'.repeat(depth)} }`;

test('ordinary queries pass', () => {
  check('{ nodes(first: 200) { items { name labels pods(first: 20) { items { name } } } totalCount } }');
  check(nested(QUERY_LIMITS.depth - 2));
});

test.each<[string, string, Record<string, unknown>]>([
  ['depth', nested(QUERY_LIMITS.depth - 1), {}],
  ['cost', '{ nodes(first: 200) { items { pods(first: 200) { items { name } } } } }', {}],
  ['cost', 'query($n: Int) { nodes(first: $n) { items { pods(first: $n) { items { name } } } } }', { n: 200 }],
  // A list without `first` gets the default page, so leaving the argument out is no way around.
  ['cost', '{ nodes(first: 200) { items { pods { items { name phase } } } } }', {}],
  ['aliases', `{ node { ${Array.from({ length: 31 }, (_, i) => `a${i}: name`).join(' ')} } }`, {}],
  ['rootFields', `{ ${Array.from({ length: 11 }, (_, i) => `a${i}: node { name }`).join(' ')} }`, {}],
  [
    'rootFields',
    `query { ...All } fragment All on Query { ${Array.from({ length: 11 }, (_, i) => `a${i}: node { name }`).join(' ')} }`,
    {},
  ],
  ['depth', `{ node { ...A } } fragment A on Node { peer ${'{ peer '.repeat(10)}{ name }${' }'.repeat(10)} }`, {}],
])('%s is limited: %#', (limit, query, variables) => {
  expect(() => check(query, variables)).toThrow(
    expect.objectContaining({ code: 'VALIDATION_FAILED', details: { extensions: expect.objectContaining({ limit }) } }),
  );
});

test('fragments that spread each other twice are measured once each', () => {
  const fragments = Array.from(
    { length: 40 },
    (_, i) => `fragment F${i} on Node { ${i < 39 ? `...F${i + 1} ...F${i + 1}` : 'name'} }`,
  );
  expect(() => check(`{ node { ...F0 } } ${fragments.join(' ')}`)).toThrow(/fields/);
});

test('only the operation that runs is measured', () => {
  const query = `query Small { node { name } } query Deep ${nested(20)}`;
  check(query, {}, 'Small');
  expect(() => check(query, {}, 'Deep')).toThrow(/depth/);
});

test('10.11 root fields in spreads of spreads are counted in linear time', () => {
  // Counted one by one these are 2^60.
  const fragments = Array.from(
    { length: 60 },
    (_, i) => `fragment F${i} on Query { ${i < 59 ? `...F${i + 1} ...F${i + 1}` : 'node { name }'} }`,
  );
  expect(() => check(`{ ...F0 } ${fragments.join(' ')}`)).toThrow(
    expect.objectContaining({
      details: { extensions: { limit: 'rootFields', max: 10, actual: Number.MAX_SAFE_INTEGER } },
    }),
  );
});

test('10.11 a page size that is the default of a variable counts', () => {
  const query = 'query($n: Int = 200) { nodes(first: $n) { items { pods(first: $n) { items { name } } } } }';
  expect(() => check(query)).toThrow(/cost/);
  check(query, { n: 5 });
});

describe('10.11 introspection', () => {
  const published = buildSchema(readFileSync(new URL('../../../docs/api/schema.graphql', import.meta.url), 'utf8'));
  const check = (query: string) => checkQueryLimits(published, parse(query), undefined);
  test('of the usual tools passes', () => check(getIntrospectionQuery()));

  test.each<[string, string]>([
    ['aliases', `{ __schema { ${Array.from({ length: 31 }, (_, i) => `a${i}: queryType { name }`).join(' ')} } }`],
    [
      'aliases',
      `{ ${Array.from({ length: 4 }, (_, i) => `a${i}: __type(name: "Node") { ${aliased(8)} }`).join(' ')} }`,
    ],
    ['rootFields', `{ ${Array.from({ length: 11 }, (_, i) => `a${i}: __schema { description }`).join(' ')} }`],
    ['cost', getIntrospectionQuery().replace('__schema {', '__schema { types { ...FullType } } again: __schema {')],
  ])('falls under the limit of %s: %#', (limit, query) => {
    expect(() => check(query)).toThrow(
      expect.objectContaining({ details: { extensions: expect.objectContaining({ limit }) } }),
    );
  });
});

function aliased(count: number): string {
  return Array.from({ length: count }, (_, i) => `b${i}: name`).join(' ');
}
