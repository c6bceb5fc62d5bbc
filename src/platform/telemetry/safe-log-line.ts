import { printable } from '../../kernel/printable.js';

const URL_PASSWORD = /(\b[a-z][a-z0-9+.-]*:\/\/[^\s:@/"]*):[^\s@"]+@/gi;
const API_TOKEN = /\bns_([0-9a-f]{16})_[0-9a-f]{16,}(_[0-9a-f]{8})?/g;

/** A line of JSON without what a terminal would obey, and without passwords of URLs and texts of tokens. */
export function safeLogLine(line: string): string {
  const text = line.endsWith('\n') ? line.slice(0, -1) : line;
  // Inside of JSON only strings can hold what is escaped here, and \uXXXX is what an escape is called there too.
  return `${printable(withoutSecrets(text))}\n`;
}

/** The same for readers that take the JSON apart and print what its strings stand for. */
export function safePrettyLine(line: string): string {
  return `${JSON.stringify(shown(JSON.parse(withoutSecrets(line)), ''))}\n`;
}

/** Text of several lines, such as a stack, for a terminal. */
export const safeLines = (text: string): string => printableLines(withoutSecrets(text));

const printableLines = (text: string): string => text.split('\n').map(printable).join('\n');

/** The lines of a stack stay lines: they are printed below their message, indented. */
function shown(value: unknown, key: string): unknown {
  if (typeof value === 'string') return key === 'stack' ? printableLines(value) : printable(value);
  if (Array.isArray(value)) return value.map((item) => shown(item, ''));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, member]) => [printable(name), shown(member, name)]));
}

const withoutSecrets = (text: string): string =>
  text.replace(URL_PASSWORD, '$1:[REDACTED]@').replace(API_TOKEN, 'ns_$1_[REDACTED]');
