const SCALE: Record<string, number> = {
  '': 1,
  n: 1e-9,
  u: 1e-6,
  m: 1e-3,
  k: 1e3,
  M: 1e6,
  G: 1e9,
  T: 1e12,
  P: 1e15,
  Ki: 2 ** 10,
  Mi: 2 ** 20,
  Gi: 2 ** 30,
  Ti: 2 ** 40,
  Pi: 2 ** 50,
};

const cache = new Map<string, number>();

/** Kubernetes quantity to a number in base units (cores, bytes). Unparsable text counts as zero, as nothing is requested. */
export function quantity(text: string | number | undefined): number {
  if (text === undefined) return 0;
  if (typeof text === 'number') return text;
  const known = cache.get(text);
  if (known !== undefined) return known;
  const match = /^([+-]?[0-9.]+(?:[eE][+-]?[0-9]+)?)([a-zA-Z]*)$/.exec(text);
  const value = match ? Number(match[1]) * (SCALE[match[2] ?? ''] ?? 0) : 0;
  if (cache.size < 10_000) cache.set(text, value);
  return value;
}
