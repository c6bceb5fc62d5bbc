/** Kernels stop at 8,192 CPUs; the bound keeps a hostile range from filling memory. */
const MAX_CPU = 8191;

/** The CPU numbers of a Linux CPU list such as `0-3,8`, sorted and unique; undefined if it does not parse. Empty text is an empty set. */
export function parseCpuSet(text: string): number[] | undefined {
  if (text === '') return [];
  if (text.length > 4096) return undefined;
  const cpus = new Set<number>();
  for (const part of text.split(',')) {
    const match = /^(\d{1,5})(?:-(\d{1,5}))?$/.exec(part);
    if (!match) return undefined;
    const from = Number(match[1]);
    const to = match[2] === undefined ? from : Number(match[2]);
    if (to < from || to > MAX_CPU) return undefined;
    for (let cpu = from; cpu <= to; cpu++) cpus.add(cpu);
  }
  return [...cpus].sort((a, b) => a - b);
}
