import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  addQuantities,
  formatQuantity,
  parseQuantity,
  type Quantity,
  quantityMillis,
  quantityUnits,
} from './quantity.js';

const quantity = (text: string) => parseQuantity(text) as Quantity;

describe('quantity', () => {
  it.each([
    ['0', '0', 0],
    ['250m', '250m', 250],
    ['1', '1', 1000],
    ['1500m', '1500m', 1500],
    ['2000m', '2', 2000],
    ['0.5', '500m', 500],
    ['1Gi', '1Gi', 1073741824000],
    ['8192Mi', '8Gi', 8589934592000],
    ['16393244Ki', '16393244Ki', 16393244 * 1024 * 1000],
    ['1.5Gi', '1536Mi', 1610612736000],
    ['512', '512', 512000],
    ['128M', '128M', 128e9],
    ['1000M', '1G', 1e12],
    ['1e3', '1e3', 1e6],
    ['100n', '100n', 1],
    ['0.1Ki', '102400m', 102400],
    ['-1', '-1', -1000],
  ])('reads %s, writes %s, is %d thousandths', (text, canonical, millis) => {
    expect([formatQuantity(quantity(text)), quantityMillis(quantity(text))]).toEqual([canonical, millis]);
  });

  it.each(['', 'abc', '1 Gi', '1gi', '1KiB', '--1', '1.2.3', '.', '1e', 'NaN'])('refuses %j', (text) => {
    expect(parseQuantity(text)).toBeUndefined();
  });

  it('keeps the format of the first operand that is not zero', () => {
    const sum = [quantity('0'), quantity('128Mi'), quantity('64Mi')].reduce(addQuantities);
    expect(formatQuantity(sum)).toBe('192Mi');
    expect(formatQuantity(addQuantities(quantity('1Gi'), quantity('1G')))).toBe('2073741824');
  });

  it('reads back what it writes', () => {
    const suffix = fc.constantFrom('', 'm', 'u', 'n', 'k', 'M', 'G', 'Ki', 'Mi', 'Gi');
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 1_000_000 }), suffix, (number, unit) => {
        const first = quantity(`${number}${unit}`);
        const again = quantity(formatQuantity(first));
        expect(again.nano).toBe(first.nano);
        expect(quantityUnits(again)).toBe(quantityUnits(first));
      }),
    );
  });
});
