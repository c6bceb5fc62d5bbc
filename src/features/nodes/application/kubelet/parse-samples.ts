export interface MetricSample {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

const SAMPLE = /^([a-zA-Z_:][\w:]*)(?:\{(.*)\})?\s+(\S+)(?:\s+-?\d+)?\s*$/;
const LABEL = /([a-zA-Z_]\w*)="((?:[^"\\]|\\.)*)"/g;
const ESCAPES: Readonly<Record<string, string>> = { '\\n': '\n', '\\"': '"', '\\\\': '\\' };

/** Samples of a page in Prometheus text format, in its order; lines that are none are passed over. */
export function* parseSamples(page: string, wanted?: ReadonlySet<string>): Generator<MetricSample> {
  for (const line of page.split('\n')) {
    if (line === '' || line.startsWith('#')) continue;
    if (wanted && !wanted.has(line.slice(0, line.search(/[{\s]/)))) continue;
    const [, name, labels, value] = SAMPLE.exec(line) ?? [];
    if (name === undefined || value === undefined) continue;
    yield { name, labels: labelsOf(labels ?? ''), value: numberOf(value) };
  }
}

function labelsOf(text: string): Record<string, string> {
  const labels: Record<string, string> = {};
  for (const [, name, value] of text.matchAll(LABEL)) {
    labels[name as string] = (value as string).replace(/\\./g, (escaped) => ESCAPES[escaped] ?? escaped);
  }
  return labels;
}

function numberOf(text: string): number {
  const infinite = /^([+-]?)Inf$/i.exec(text);
  if (!infinite) return Number(text);
  return infinite[1] === '-' ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY;
}
