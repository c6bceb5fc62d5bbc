const BINARY: Record<string, bigint> = {
  Ki: 1n << 10n,
  Mi: 1n << 20n,
  Gi: 1n << 30n,
  Ti: 1n << 40n,
  Pi: 1n << 50n,
  Ei: 1n << 60n,
};
const DECIMAL_EXPONENT: Record<string, number> = { n: -9, u: -6, m: -3, '': 0, k: 3, M: 6, G: 9, T: 12, P: 15, E: 18 };
const QUANTITY = /^([+-]?)(\d+(?:\.\d*)?|\.\d+)(Ki|Mi|Gi|Ti|Pi|Ei|[numkMGTPE]|[eE][+-]?\d{1,3})?$/;

/**
 * A Kubernetes quantity in billionths of its unit, so that every value the API can hold is exact. Kubernetes rounds up what is
 * finer than a billionth; so does this. Undefined where resource.ParseQuantity would refuse the text.
 */
export function parseQuantity(text: string): bigint | undefined {
  if (text.length > 64) return undefined;
  const match = QUANTITY.exec(text);
  if (!match) return undefined;
  const [, sign, number = '', suffix = ''] = match;
  const [whole = '', fraction = ''] = number.split('.');
  const digits = BigInt(`${whole}${fraction}` || '0');
  const binary = BINARY[suffix];
  const exponent = binary ? 0 : (DECIMAL_EXPONENT[suffix] ?? Number(suffix.slice(1)));
  const power = exponent + 9 - fraction.length;
  const scaled = digits * (binary ?? 1n);
  const value = power >= 0 ? scaled * 10n ** BigInt(power) : ceilDivide(scaled, 10n ** BigInt(-power));
  return sign === '-' ? -value : value;
}

const ceilDivide = (value: bigint, by: bigint): bigint => (value + by - 1n) / by;
