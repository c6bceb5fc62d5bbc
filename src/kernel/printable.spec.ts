import { describe, expect, it } from 'vitest';
import { printable } from './printable.js';

describe('10.22 printable text', () => {
  it.each([
    ['\u001b[2J', '\\u001b[2J'],
    ['a\r\nb\tc\u0000', 'a\\u000d\\u000ab\\u0009c\\u0000'],
    ['\u009b31m\u007f', '\\u009b31m\\u007f'],
    ['abc\u202edef\u2066\u200f\u061c', 'abc\\u202edef\\u2066\\u200f\\u061c'],
    ['a\u2028b\u2029', 'a\\u2028b\\u2029'],
    ['ad\u200bmin\u200c\u200d\u2060\ufeff\u00ad', 'ad\\u200bmin\\u200c\\u200d\\u2060\\ufeff\\u00ad'],
    ['worker\u3164\u115f\uffa0', 'worker\\u3164\\u115f\\uffa0'],
    ['a\u{e0041}\u{e007f}', 'a\\udb40\\udc41\\udb40\\udc7f'],
    ['a\ud800b', 'a\\ud800b'],
  ])('%j loses what a terminal would obey', (text, shown) => {
    expect(printable(text)).toBe(shown);
  });

  it.each(['kernel update, 5 nodes', 'Übung 日本語 עברית 🚀 ⚠️ e\u0301', "it's \\u001b"])('%s stays', (text) => {
    expect(printable(text)).toBe(text);
  });
});
