export type QuantityFormat = 'DecimalSI' | 'BinarySI' | 'DecimalExponent';

/** A Kubernetes quantity, exact: `nano` is the value in billionths of its unit. */
export interface Quantity {
  readonly nano: bigint;
  /** How it was written, and so how sums of it are written. */
  readonly format: QuantityFormat;
}

export const ZERO_QUANTITY: Quantity = { nano: 0n, format: 'DecimalSI' };

const NANO = 1_000_000_000n;
const QUANTITY = /^([+-]?)(\d+(?:\.\d*)?|\.\d+)(Ki|Mi|Gi|Ti|Pi|Ei|[numkMGTPE]|[eE][+-]?\d{1,3})?$/;
const BINARY = ['Ki', 'Mi', 'Gi', 'Ti', 'Pi', 'Ei'];
const DECIMAL: Record<string, number> = { n: -9, u: -6, m: -3, '': 0, k: 3, M: 6, G: 9, T: 12, P: 15, E: 18 };
const DECIMAL_SUFFIX = new Map(Object.entries(DECIMAL).map(([suffix, power]) => [power, suffix]));

/** Undefined where Kubernetes would refuse the text. What is finer than a billionth is rounded up, as Kubernetes does. */
export function parseQuantity(text: string): Quantity | undefined {
  const match = text.length > 64 ? null : QUANTITY.exec(text);
  if (!match) return undefined;
  const [, sign, number = '', suffix = ''] = match;
  const [whole = '', fraction = ''] = number.split('.');
  const digits = BigInt(`${whole}${fraction}` || '0');
  const binary = BINARY.indexOf(suffix);
  const exponent = binary >= 0 ? 0 : (DECIMAL[suffix] ?? Number(suffix.slice(1)));
  const scaled = binary >= 0 ? digits << BigInt(10 * (binary + 1)) : digits;
  const power = exponent + 9 - fraction.length;
  const nano = power >= 0 ? scaled * 10n ** BigInt(power) : ceilDivide(scaled, 10n ** BigInt(-power));
  return { nano: sign === '-' ? -nano : nano, format: formatOf(suffix) };
}

/** The sum is written as the first operand is, or as the second if the first is zero. */
export function addQuantities(a: Quantity, b: Quantity): Quantity {
  return { nano: a.nano + b.nano, format: a.nano === 0n ? b.format : a.format };
}

/** Thousandths of the unit, rounded up: millicores of a cpu quantity. */
export const quantityMillis = ({ nano }: Quantity): number => Number(ceilDivide(nano, 1_000_000n));

/** Whole units, rounded up: bytes of a memory quantity. */
export const quantityUnits = ({ nano }: Quantity): number => Number(ceilDivide(nano, NANO));

/** Cores, bytes, counts as a plain number, for people who compute. */
export const quantityNumber = ({ nano }: Quantity): number => Number(nano) / 1e9;

/** The canonical text that the API server and kubectl write: the largest suffix that leaves a whole number. */
export function formatQuantity({ nano, format }: Quantity): string {
  if (nano === 0n) return '0';
  const small = nano > -1024n * NANO && nano < 1024n * NANO;
  if (format === 'BinarySI' && !small && nano % NANO === 0n) return formatBinary(nano / NANO);
  let mantissa = nano;
  let exponent = -9;
  while (mantissa % 1000n === 0n && exponent < 18) {
    mantissa /= 1000n;
    exponent += 3;
  }
  if (format === 'DecimalExponent') return exponent === 0 ? `${mantissa}` : `${mantissa}e${exponent}`;
  return `${mantissa}${DECIMAL_SUFFIX.get(exponent)}`;
}

function formatBinary(value: bigint): string {
  let mantissa = value;
  let power = 0;
  while (mantissa % 1024n === 0n && power < BINARY.length) {
    mantissa /= 1024n;
    power++;
  }
  return `${mantissa}${power === 0 ? '' : BINARY[power - 1]}`;
}

function formatOf(suffix: string): QuantityFormat {
  if (suffix.endsWith('i')) return 'BinarySI';
  return /^[eE]./.test(suffix) ? 'DecimalExponent' : 'DecimalSI';
}

/** Away from zero, as Kubernetes rounds. */
function ceilDivide(value: bigint, by: bigint): bigint {
  return value >= 0n ? (value + by - 1n) / by : -((-value + by - 1n) / by);
}
