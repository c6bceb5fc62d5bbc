import { describe, expect, it } from 'vitest';
import { storable } from './storable.js';

describe('10.13 a parameter that can not be stored as it is', () => {
  it.each([
    ['a\u0000b', 'a\ufffdb'],
    [JSON.stringify({ a: 'x\u0000y' }), '{"a":"x\\ufffdy"}'],
    [JSON.stringify(['\ud800 \udc00', '\ud83d']), '["\\ufffd \\ufffd","\\ufffd"]'],
    [JSON.stringify('\udfff'), '"\\ufffd"'],
    ['{"\\uD800":1}', '{"\\ufffd":1}'],
    [{ message: 'x\ud83d' }, '{"message":"x\\ufffd"}'],
    [[{ a: '\u0000' }], ['{"a":"\\ufffd"}']],
    [
      ['a\u0000', 1, null],
      ['a\ufffd', 1, null],
    ],
  ])('%j is stored as %j', (value, stored) => {
    expect(storable(value)).toEqual(stored);
  });

  it.each([
    'kernel update 🚀 \\u0000',
    'it said [\\ud800]',
    JSON.stringify({ words: 'a literal \\u0000 and \\ud800', emoji: '🚀', line: '\n\u001b' }),
    '["\\ud83d\\ude80"]',
    42,
    null,
    new Date(0),
    Buffer.from('a\u0000'),
  ])('%j stays', (value) => {
    expect(storable(value)).toEqual(value);
  });
});
