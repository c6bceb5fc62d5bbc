import { expect, test } from 'vitest';
import type { DomainError } from '../../kernel/domain-error.js';
import { defineEnum } from './define-enum.js';
import { Field } from './field.decorator.js';
import { PageQuery } from './page.dto.js';
import { InputShape, QueryShape } from './shape.decorator.js';
import { StrictValidationPipe } from './strict-validation.pipe.js';

const Mode = defineEnum('ValidationMode', { FAST: 'Quick.', SAFE: 'Slow.' }, 'A mode.');

@InputShape('ValidationOptions')
class OptionsDto {
  @Field({ nullable: true }) force?: boolean;
  @Field({ type: 'int', min: 0, max: 60, nullable: true }) timeoutSeconds?: number;
}

@InputShape('ValidationBody')
class BodyDto {
  @Field({ minLength: 3, maxLength: 500 }) reason!: string;
  @Field({ type: () => OptionsDto, nullable: true }) options?: OptionsDto;
  @Field({ type: () => OptionsDto, list: true, nullable: true }) more?: OptionsDto[];
  @Field({ enum: Mode, default: 'SAFE' }) mode!: string;
  @Field({ nullable: true }) at?: Date;
  @Field({ type: 'json', nullable: true }) patch?: unknown;
  @Field({ type: 'stringMap', nullable: true }) labels?: Record<string, string>;
}

@QueryShape()
class ListQuery extends PageQuery {
  @Field({ nullable: true }) ready?: boolean;
  @Field({ enum: Mode, list: true, nullable: true }) mode?: string[];
}

const pipe = new StrictValidationPipe();
const body = (value: unknown) => pipe.transform(value, { type: 'body', metatype: BodyDto });
const query = (value: unknown) => pipe.transform(value, { type: 'query', metatype: ListQuery });

async function violations(work: Promise<unknown>): Promise<[string, string][]> {
  const error = await work.then(
    () => undefined,
    (e: DomainError) => e,
  );
  expect(error?.code).toBe('VALIDATION_FAILED');
  return (error?.details.violations ?? []).map((v) => [v.pointer, v.code]);
}

test('valid input arrives as an instance with its defaults', async () => {
  const made = (await body({ reason: 'kernel', options: { force: true }, at: '2026-11-23T10:00:00Z' })) as BodyDto;
  expect(made).toBeInstanceOf(BodyDto);
  expect(made.options).toBeInstanceOf(OptionsDto);
  expect(made.mode).toBe('SAFE');
  expect(made.at).toEqual(new Date('2026-11-23T10:00:00Z'));
});

test.each<[string, unknown, [string, string][]]>([
  ['a missing field', {}, [['/reason', 'REQUIRED']]],
  ['no body', undefined, [['/reason', 'REQUIRED']]],
  ['null', { reason: null }, [['/reason', 'REQUIRED']]],
  ['an unknown field', { reason: 'why', forse: true }, [['/forse', 'UNKNOWN_FIELD']]],
  ['an unknown nested field', { reason: 'why', options: { 'a/b': 1 } }, [['/options/a~1b', 'UNKNOWN_FIELD']]],
  ['a wrong type', { reason: 7 }, [['/reason', 'INVALID_TYPE']]],
  ['text for a flag', { reason: 'why', options: { force: 'true' } }, [['/options/force', 'INVALID_TYPE']]],
  [
    'text for a number',
    { reason: 'why', options: { timeoutSeconds: '5' } },
    [['/options/timeoutSeconds', 'INVALID_TYPE']],
  ],
  ['too large', { reason: 'why', options: { timeoutSeconds: 61 } }, [['/options/timeoutSeconds', 'OUT_OF_RANGE']]],
  ['a list item', { reason: 'why', more: [{}, { force: 1 }] }, [['/more/1/force', 'INVALID_TYPE']]],
  ['no list', { reason: 'why', more: {} }, [['/more', 'INVALID_TYPE']]],
  ['no object', { reason: 'why', options: 5 }, [['/options', 'INVALID_TYPE']]],
  [
    '10.14 a list of one object for an object',
    { reason: 'why', options: [{ force: true }] },
    [['/options', 'INVALID_TYPE']],
  ],
  ['10.14 a list of nothing for an object', { reason: 'why', options: [] }, [['/options', 'INVALID_TYPE']]],
  ['10.14 text for an object', { reason: 'why', options: '{}' }, [['/options', 'INVALID_TYPE']]],
  ['10.14 an object for text', { reason: { length: 5 } }, [['/reason', 'INVALID_TYPE']]],
  ['10.14 a list of one text for text', { reason: ['because'] }, [['/reason', 'INVALID_TYPE']]],
  ['10.14 lists within a list', { reason: 'why', more: [[]] }, [['/more', 'INVALID_TYPE']]],
  [
    '10.14 a list of one object within a list',
    { reason: 'why', more: [[{ force: true }]] },
    [['/more', 'INVALID_TYPE']],
  ],
  ['10.14 null within a list', { reason: 'why', more: [null] }, [['/more', 'INVALID_TYPE']]],
  ['10.14 a list for a map', { reason: 'why', labels: ['a'] }, [['/labels', 'INVALID_TYPE']]],
  ['10.14 a list for an enum value', { reason: 'why', mode: ['SAFE'] }, [['/mode', 'NOT_ALLOWED']]],
  ['10.13 U+0000', { reason: 'wh\u0000y' }, [['/reason', 'INVALID_TEXT']]],
  ['10.13 half a surrogate pair', { reason: 'why \ud800' }, [['/reason', 'INVALID_TEXT']]],
  [
    '10.13 such text within JSON',
    { reason: 'why', patch: { a: [{ b: '\udc00' }] } },
    [['/patch/a/0/b', 'INVALID_TEXT']],
  ],
  ['10.13 such text as a name', { reason: 'why', labels: { 'a\u0000': 'b' } }, [['/labels/a', 'INVALID_TEXT']]],
  [
    '10.13 a prototype',
    { reason: 'why', patch: JSON.parse('{"__proto__": {"a": 1}}') },
    [['/patch/__proto__', 'INVALID_TEXT']],
  ],
  ['10.13 a constructor', { reason: 'why', constructor: { name: 'x' } }, [['/constructor', 'UNKNOWN_FIELD']]],
  [
    '10.13 numbers that are none',
    { reason: 'why', options: { timeoutSeconds: Number.POSITIVE_INFINITY } },
    [['/options/timeoutSeconds', 'INVALID_TYPE']],
  ],
  ['10.12 nesting of 20,000', { reason: nested(20_000) }, [['', 'TOO_DEEP']]],
  ['10.12 lists of nothing, nested', { reason: 'why', patch: { a: nested(20_000) } }, [['', 'TOO_DEEP']]],
  ['10.12 a hundred thousand members', { reason: 'why', patch: Array(100_000).fill(0) }, [['', 'TOO_LARGE']]],
  ['a map of null', { reason: 'why', labels: { a: null } }, [['/labels', 'INVALID_TYPE']]],
  ['a map that is text', { reason: 'why', labels: 'a' }, [['/labels', 'INVALID_TYPE']]],
  ['a map of large texts', { reason: 'why', labels: { a: 'x'.repeat(513) } }, [['/labels', 'INVALID_LENGTH']]],
  ['no enum value', { reason: 'why', mode: 'fast' }, [['/mode', 'NOT_ALLOWED']]],
  ['a time without zone', { reason: 'why', at: '2026-11-23T10:00:00' }, [['/at', 'INVALID_FORMAT']]],
  ['a map of numbers', { reason: 'why', labels: { a: 1 } }, [['/labels', 'INVALID_TYPE']]],
  ['too short', { reason: 'ab' }, [['/reason', 'INVALID_LENGTH']]],
  ['a list as body', [], [['', 'INVALID_TYPE']]],
  [
    'several at once',
    { options: { force: 1 }, x: 1 },
    [
      ['/x', 'UNKNOWN_FIELD'],
      ['/reason', 'REQUIRED'],
      ['/options/force', 'INVALID_TYPE'],
    ],
  ],
])('refuses %s', async (_name, value, expected) => {
  expect((await violations(body(value))).sort()).toEqual([...expected].sort());
});

test('query texts become what their fields say', async () => {
  expect(await query({ first: '20', ready: 'true', mode: 'FAST,SAFE' })).toEqual({
    first: 20,
    ready: true,
    mode: ['FAST', 'SAFE'],
  });
  expect(await query({})).toEqual({ first: 50 });
});

test.each<[string, unknown, [string, string][]]>([
  ['a page size over the limit', { first: '201' }, [['?first', 'OUT_OF_RANGE']]],
  ['a page size that is no number', { first: '5x' }, [['?first', 'INVALID_TYPE']]],
  ['an unknown parameter', { frist: '5' }, [['?frist', 'UNKNOWN_FIELD']]],
  ['a flag that is neither', { ready: 'yes' }, [['?ready', 'INVALID_TYPE']]],
])('refuses %s', async (_name, value, expected) => {
  expect(await violations(query(value))).toEqual(expected);
});

test('10.13 null means left out wherever a field may be left out', async () => {
  const nothing = { options: null, more: null, mode: null, at: null, patch: null, labels: null };
  expect(await body({ reason: 'why', ...nothing })).toEqual({ reason: 'why', mode: 'SAFE' });
  expect(await body({ reason: 'why', options: { force: null } })).toEqual({ reason: 'why', mode: 'SAFE', options: {} });
});

test('10.15 JSON and maps stay as they are, whatever their members are called', async () => {
  const patch = { toString: 1, constructor: { valueOf: [] }, hasOwnProperty: null };
  const labels = { toString: 'a', constructor: 'b' };
  const got = (await body({ reason: 'why', patch, labels })) as BodyDto;
  expect(JSON.stringify([got.patch, got.labels])).toBe(JSON.stringify([patch, labels]));
});

test.each<[string, unknown]>([
  ['U+0000', 'worker\u0000'],
  ['half a surrogate pair', '\ud83d'],
  ['more than 512 characters', 'x'.repeat(513)],
])('10.13 refuses a path parameter with %s', async (_name, value) => {
  const refused = pipe.transform(value, { type: 'param', metatype: String, data: 'node' });
  expect((await violations(refused)).map(([pointer]) => pointer)).toEqual(['/node']);
});

function nested(depth: number): unknown {
  let value: unknown = [];
  for (let i = 1; i < depth; i += 1) value = [value];
  return value;
}
