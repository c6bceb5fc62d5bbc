const NAME = /^([A-Za-z][A-Za-z0-9_-]*)(.*)$/;
/** What may stand between a name and a value: not what a value begins with. */
const DELIMITER = /^\s*[^\w\s/[\]{}"'.,*-]*\s*/;

/**
 * Flags of a `/flagz` answer, structured or as text; null where none can be read. The text puts a delimiter between name
 * and value that each kubelet picks at random: it is what the rests of all lines have in common.
 */
export function parseFlagz(answer: string): Record<string, string> | null {
  return answer.trimStart().startsWith('{') ? structured(answer) : fromText(answer);
}

function structured(answer: string): Record<string, string> | null {
  let flags: unknown;
  try {
    ({ flags } = JSON.parse(answer) as { flags?: unknown });
  } catch {
    return null;
  }
  if (typeof flags !== 'object' || flags === null) return null;
  const entries = Object.entries(flags).map(([name, value]) => [name, String(value)] as const);
  return entries.length > 0 ? Object.fromEntries(entries) : null;
}

function fromText(answer: string): Record<string, string> | null {
  const all = answer.split(/\r?\n/).filter((line) => line.trim() !== '');
  const warning = all.findIndex((line) => line.startsWith('Warning:'));
  const lines = all.slice(warning + 1).flatMap((line) => {
    const [, name, rest] = NAME.exec(line) ?? [];
    return name === undefined || rest === undefined || / flagz$/.test(line) ? [] : [{ name, rest }];
  });
  const delimiter =
    DELIMITER.exec(common(lines.map(({ rest }) => rest).filter((rest) => rest.trim() !== '')))?.[0] ?? '';
  if (delimiter === '') return null;
  const entries = lines
    .filter(({ rest }) => rest.startsWith(delimiter) || rest.trim() === '' || rest.trim() === delimiter.trim())
    .map(({ name, rest }) => [name, rest.slice(delimiter.length).trim()] as const);
  return entries.length > 0 ? Object.fromEntries(entries) : null;
}

/** The longest beginning that all texts have. */
function common(texts: readonly string[]): string {
  const [first = ''] = texts;
  let length = first.length;
  for (const text of texts) while (!text.startsWith(first.slice(0, length))) length -= 1;
  return first.slice(0, length);
}
