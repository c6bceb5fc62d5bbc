/** One top-level section of `kubectl describe`: the text beside its title, and the lines below it. */
export interface DescribedSection {
  readonly text: string;
  readonly lines: readonly string[];
}

/** Splits what `kubectl describe` prints into its sections, in order of appearance. */
export function describedSections(output: string): Map<string, DescribedSection> {
  const sections = new Map<string, { text: string; lines: string[] }>();
  let current: { text: string; lines: string[] } | undefined;
  for (const line of output.split('\n')) {
    const title = /^([A-Z][^:]*):\s*(.*)$/.exec(line);
    if (title) {
      current = { text: (title[2] as string).trim(), lines: [] };
      sections.set(title[1] as string, current);
    } else if (line.trim() !== '') current?.lines.push(line.trim());
  }
  return sections;
}

/** `key: value` lines of a section; the first may stand beside the title. */
export function keyedLines({ text, lines }: DescribedSection, separator: ':' | '='): Record<string, string> {
  const all = [text, ...lines].filter((line) => line !== '' && line !== '<none>');
  return Object.fromEntries(
    all.map((line) => {
      const at = line.indexOf(separator);
      return [line.slice(0, at), line.slice(at + 1).trim()];
    }),
  );
}

/** Rows of a table: the lines after the row of dashes, split where columns are apart. */
export function tableRows({ lines }: DescribedSection): string[][] {
  const dashes = lines.findIndex((line) => /^-+(\s+-+)+$/.test(line));
  return lines.slice(dashes + 1).map((line) => line.split(/\s{2,}/));
}
