/** Flags of a `/flagz` page: lines of `name=value` below a title and a warning. */
export function parseFlagz(text: string): Record<string, string> {
  const flags: Record<string, string> = {};
  for (const line of text.split('\n')) {
    const match = /^([a-z][a-z0-9-]*)=(.*)$/i.exec(line);
    if (match?.[1]) flags[match[1]] = match[2] ?? '';
  }
  return flags;
}
