const NUL = '\u0000';
const REPLACEMENT = '\ufffd';

/** What Postgres takes in no JSON: U+0000, and halves of surrogate pairs. */
const UNSTORABLE_ESCAPE = /\\u(?:0000|d[89a-f])/i;
/** Each escape of a JSON text, the two halves of a pair together. */
const ESCAPES = /\\(?:u(?:d[89ab][0-9a-f]{2}\\ud[c-f][0-9a-f]{2}|[0-9a-f]{4})|.)/gis;
const LONE = /^\\u(?:0000|d[89a-f][0-9a-f]{2})$/i;

/**
 * A parameter of a statement as the database can store it. What callers send is refused before it comes here; the words of
 * clusters, webhooks and kubelets are what they are, may be cut anywhere, and must not keep the state of work from being
 * written: each character that can't be stored becomes U+FFFD.
 */
export function storable(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(storable);
  // As the driver would: what is no object of a kind of its own goes as JSON.
  if (isPlain(value)) return storable(JSON.stringify(value));
  if (typeof value !== 'string') return value;
  const text = value.includes(NUL) ? value.replaceAll(NUL, REPLACEMENT) : value;
  if (!UNSTORABLE_ESCAPE.test(text) || !isJson(text)) return text;
  return text.replace(ESCAPES, (found) => (LONE.test(found) ? '\\ufffd' : found));
}

const isPlain = (value: unknown): boolean =>
  typeof value === 'object' && value !== null && Object.getPrototypeOf(value) === Object.prototype;

/** Text of people may show an escape that stands for itself. */
function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
