const NANOSECONDS: Record<string, bigint> = {
  ns: 1n,
  us: 1_000n,
  µs: 1_000n,
  μs: 1_000n,
  ms: 1_000_000n,
  s: 1_000_000_000n,
  m: 60_000_000_000n,
  h: 3_600_000_000_000n,
};
const MAX_INT64 = 9_223_372_036_854_775_807n;
const PART = /(\d+(?:\.\d*)?|\.\d+)(ns|us|µs|μs|ms|s|m|h)/y;

/** Nanoseconds of a Go duration such as `1h30m` or `-1.5s`; undefined where Go's time.ParseDuration would refuse it. */
export function parseGoDuration(text: string): bigint | undefined {
  if (text.length > 64) return undefined;
  const negative = text.startsWith('-');
  const body = /^[+-]/.test(text) ? text.slice(1) : text;
  if (body === '0') return 0n;
  let total = 0n;
  let at = 0;
  while (at < body.length) {
    PART.lastIndex = at;
    const match = PART.exec(body);
    if (!match) return undefined;
    total += scaled(match[1] as string, NANOSECONDS[match[2] as string] as bigint);
    at = PART.lastIndex;
  }
  if (body === '' || total > MAX_INT64) return undefined;
  return negative ? -total : total;
}

function scaled(number: string, unit: bigint): bigint {
  const [whole = '', fraction = ''] = number.split('.');
  return BigInt(whole || '0') * unit + (BigInt(fraction || '0') * unit) / 10n ** BigInt(fraction.length);
}

/** The text Go itself prints, which is what configz shows: `4h0m0s`, `1m30s`, `100ms`, `0s`. */
export function formatGoDuration(nanoseconds: bigint): string {
  if (nanoseconds === 0n) return '0s';
  if (nanoseconds < 0n) return `-${formatGoDuration(-nanoseconds)}`;
  const second = NANOSECONDS.s as bigint;
  if (nanoseconds < second) {
    const [unit, size] =
      nanoseconds < 1_000n ? ['ns', 1n] : nanoseconds < 1_000_000n ? ['µs', 1_000n] : (['ms', 1_000_000n] as const);
    return `${decimal(nanoseconds, size as bigint)}${unit}`;
  }
  const minutes = nanoseconds / (60n * second);
  const hours = minutes / 60n;
  const seconds = `${decimal(nanoseconds % (60n * second), second)}s`;
  if (hours > 0n) return `${hours}h${minutes % 60n}m${seconds}`;
  return minutes > 0n ? `${minutes}m${seconds}` : seconds;
}

function decimal(value: bigint, unit: bigint): string {
  const fraction = (value % unit)
    .toString()
    .padStart(unit.toString().length - 1, '0')
    .replace(/0+$/, '');
  return fraction && unit > 1n ? `${value / unit}.${fraction}` : `${value / unit}`;
}
