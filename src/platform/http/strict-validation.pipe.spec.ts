import { expect, test } from 'vitest';
import type { DomainError } from '../../kernel/domain-error.js';
import { defineEnum } from './define-enum.js';
import { Field } from './field.decorator.js';
import { PageQuery } from './page.dto.js';
import { InputShape, QueryShape } from './shape.decorator.js';
import { StrictValidationPipe } from './strict-validation.pipe.js';

const Mode = defineEnum('ValidationMode', ['FAST', 'SAFE']);

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
