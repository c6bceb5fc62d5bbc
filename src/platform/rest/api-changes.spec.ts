import { expect, test } from 'vitest';
import { breakingGraphqlChanges, breakingRestChanges } from './api-changes.js';

const ref = (name: string) => ({ $ref: `#/components/schemas/${name}` });
const body = (name: string) => ({ content: { 'application/json': { schema: ref(name) } } });

const document = () => ({
  paths: {
    '/notes': {
      get: {
        parameters: [
          { in: 'query', name: 'first', required: false } as { in: string; name: string; required: boolean },
        ],
        responses: { 200: body('Note') } as Record<string, unknown>,
      },
      post: { requestBody: body('NewNote'), responses: { 201: body('Note') } },
    } as Record<string, unknown>,
  },
  components: {
    schemas: {
      Note: {
        required: ['text', 'at'],
        properties: { text: { type: 'string' }, at: { type: 'string' } } as Record<string, unknown>,
      },
      NewNote: {
        required: ['text'],
        properties: { text: { type: 'string' }, kind: ref('Kind') } as Record<string, unknown>,
      },
      Kind: { enum: ['A', 'B'] },
    },
  },
});
type Document = ReturnType<typeof document>;

test('nothing changed, or something was added: nothing breaks', () => {
  expect(breakingRestChanges(document(), document())).toEqual([]);
  const more = document();
  more.components.schemas.Note.properties.by = { type: 'string' };
  more.components.schemas.Note.required.push('by');
  more.components.schemas.NewNote.properties.by = { type: 'string' };
  more.components.schemas.Kind.enum.push('C');
  expect(breakingRestChanges(document(), more)).toEqual([]);
});

test.each<[string, (changed: Document) => void, string]>([
  ['an operation', (d) => delete d.paths['/notes'].post, 'POST /notes was removed'],
  [
    'a parameter that is now required',
    (d) =>
      Object.assign((d.paths['/notes'].get as { parameters: object[] }).parameters[0] as object, { required: true }),
    'is now required',
  ],
  ['a field that is gone', (d) => delete d.components.schemas.Note.properties.at, 'Note.at was removed'],
  [
    'a field of another type',
    (d) => {
      d.components.schemas.Note.properties.at = { type: 'integer' };
    },
    'Note.at has another type',
  ],
  ['an answer that may lack a field', (d) => d.components.schemas.Note.required.pop(), 'Note.at may now be absent'],
  [
    'an input that must be sent',
    (d) => d.components.schemas.NewNote.required.push('kind'),
    'NewNote.kind is now required',
  ],
  ['a value that is no longer taken', (d) => d.components.schemas.Kind.enum.pop(), 'Kind no longer takes B'],
])('%s breaks', (_name, change, expected) => {
  const changed = document();
  change(changed);
  const found = breakingRestChanges(document(), changed);
  expect(found).toHaveLength(1);
  expect(found[0]).toContain(expected);
});

test('GraphQL: a field that is gone breaks, a new one does not', () => {
  expect(breakingGraphqlChanges('type Query { a: Int b: Int }', 'type Query { a: Int }')).toEqual([
    'GraphQL: Query.b was removed.',
  ]);
  expect(breakingGraphqlChanges('type Query { a: Int }', 'type Query { a: Int b: Int }')).toEqual([]);
});
