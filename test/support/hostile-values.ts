type Named = Readonly<Record<string, unknown>>;

/** What no input of any kind is meant to have. */
const EVERYWHERE: Named = {
  null: null,
  'U+0000': 'a\u0000b',
  'a lone surrogate': 'a\ud800b',
  'the wrong kind': [{ constructor: { prototype: {} }, toString: 1, hasOwnProperty: null }],
};

const TEXTS: Named = {
  'nothing at all': '',
  '10,000 characters': 'x'.repeat(10_000),
  'the largest text that names have': '\u{1f4a5}'.repeat(126),
  'control characters and a quotation': 'a\u001b[31m\r\nb\u202e\'";--%',
  'the name of a prototype': 'constructor',
  'a number': 2 ** 31,
};

const CURSORS: Named = {
  'a forged cursor': cursor('["x"]'),
  'a forged cursor of numbers': cursor('[1e400]'),
  'a forged cursor of two parts': cursor('["a\\u0000",-9007199254740993]'),
  'a forged cursor of an id': cursor('["x","y"]'),
  'a forged cursor of a time': cursor('["2026-01-01","x"]'),
};

const NUMBERS: Named = {
  'a negative number': -1,
  '2^31': 2 ** 31,
  '2^53': 2 ** 53,
  'a fraction': 0.5,
  'a number as text': '1e400',
  NaN: 'NaN',
};

const STRUCTURES: Named = {
  'a list': [],
  'a list of itself': [[{}]],
  'an object': {},
  'names of prototypes': { constructor: { prototype: {} }, toString: 1, hasOwnProperty: null },
  'deep nesting': nested(40),
  text: 'x',
};

/** Values for an input of which one is known that is taken, by name; whatever is asked with one must be answered in words. */
export function hostileValuesFor(sample: unknown, name: string): [string, unknown][] {
  return Object.entries({ ...EVERYWHERE, ...ofKind(sample, name) });
}

function ofKind(sample: unknown, name: string): Named {
  if (typeof sample === 'number') return NUMBERS;
  if (typeof sample === 'boolean') return { 'a number': 2, text: 'constructor' };
  if (typeof sample === 'object' && sample !== null) return STRUCTURES;
  if (/^(after|before|cursor|pageToken)$/i.test(name)) return { ...TEXTS, ...CURSORS };
  return TEXTS;
}

function cursor(json: string): string {
  return Buffer.from(json).toString('base64url');
}

function nested(depth: number): unknown {
  let value: unknown = {};
  for (let i = 0; i < depth; i += 1) value = { a: [value] };
  return value;
}

export interface Leaf {
  readonly path: readonly (string | number)[];
  readonly value: unknown;
}

/** Every place of a value, the value itself first. */
export function leavesOf(value: unknown, path: (string | number)[] = []): Leaf[] {
  const below = typeof value === 'object' && value !== null ? Object.entries(value) : [];
  return [
    { path, value },
    ...below.flatMap(([key, member]) => leavesOf(member, [...path, Array.isArray(value) ? Number(key) : key])),
  ];
}

/** A copy with another value in one place. */
export function withValue(value: unknown, [key, ...rest]: readonly (string | number)[], other: unknown): unknown {
  if (key === undefined) return other;
  const inner = withValue((value as Record<string, unknown>)[key], rest, other);
  if (Array.isArray(value)) return value.with(Number(key), inner);
  return { ...(value as object), [key]: inner };
}
