const PLAIN = /^[\w@%+=:,./-]+$/;

/** One word of a POSIX shell, whatever the text holds. For commands that people run: what stands in them was told by a node. */
export function shellWord(text: string): string {
  return PLAIN.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`;
}
