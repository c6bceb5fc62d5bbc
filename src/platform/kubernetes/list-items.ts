const [QUOTE, BACKSLASH, COLON, COMMA] = [0x22, 0x5c, 0x3a, 0x2c];
const [OPEN_OBJECT, CLOSE_OBJECT, OPEN_ARRAY, CLOSE_ARRAY] = [0x7b, 0x7d, 0x5b, 0x5d];
const ITEMS = Buffer.from('"items"');

/**
 * Parses a list of the API server item by item, and returns it with `items` left empty. Parsed as a whole, each page would
 * be a text of megabytes and thousands of objects at once, which pile up until the next full garbage collection.
 * @throws SyntaxError if it is not the JSON of an object
 */
export function parseListItems<TList, TItem>(bytes: Buffer, onItem: (item: TItem) => void): TList {
  const open = itemsOf(bytes);
  if (open < 0) return JSON.parse(bytes.toString('utf8')) as TList;
  let at = skipSpace(bytes, open + 1);
  while (bytes[at] !== CLOSE_ARRAY) {
    const end = endOfValue(bytes, at);
    onItem(JSON.parse(bytes.toString('utf8', at, end)) as TItem);
    at = skipSpace(bytes, end);
    if (bytes[at] === COMMA) at = skipSpace(bytes, at + 1);
    else if (bytes[at] !== CLOSE_ARRAY) throw new SyntaxError('the items of a list do not end');
  }
  return JSON.parse(bytes.toString('utf8', 0, open + 1) + bytes.toString('utf8', at)) as TList;
}

/** Where the array of the outermost member `items` opens; -1 if there is none. */
function itemsOf(bytes: Buffer): number {
  let at = skipSpace(bytes, 0);
  if (bytes[at] !== OPEN_OBJECT) return -1;
  at = skipSpace(bytes, at + 1);
  while (bytes[at] === QUOTE) {
    const end = endOfString(bytes, at);
    const value = skipSpace(bytes, skipSpace(bytes, end) + 1);
    if (bytes[skipSpace(bytes, end)] !== COLON) return -1;
    if (ITEMS.equals(bytes.subarray(at, end))) return bytes[value] === OPEN_ARRAY ? value : -1;
    at = skipSpace(bytes, endOfValue(bytes, value));
    if (bytes[at] !== COMMA) return -1;
    at = skipSpace(bytes, at + 1);
  }
  return -1;
}

function skipSpace(bytes: Buffer, from: number): number {
  let at = from;
  while (bytes[at] === 0x20 || bytes[at] === 0x0a || bytes[at] === 0x0d || bytes[at] === 0x09) at += 1;
  return at;
}

/** Behind the closing quote of the string that opens at `from`. */
function endOfString(bytes: Buffer, from: number): number {
  for (let at = from + 1; at < bytes.length; at++) {
    const byte = bytes[at];
    if (byte === QUOTE) return at + 1;
    if (byte === BACKSLASH) at += 1;
  }
  throw new SyntaxError('a string does not end');
}

/** Behind the value that begins at `from`. Brackets are only counted: whether they match is for the parser to say. */
function endOfValue(bytes: Buffer, from: number): number {
  let depth = 0;
  for (let at = from; at < bytes.length; ) {
    const byte = bytes[at];
    if (byte === QUOTE) {
      at = endOfString(bytes, at);
      if (depth === 0) return at;
      continue;
    }
    if (byte === OPEN_OBJECT || byte === OPEN_ARRAY) depth += 1;
    else if (byte === CLOSE_OBJECT || byte === CLOSE_ARRAY) {
      // Of what encloses the value.
      if (depth === 0) return at;
      depth -= 1;
      if (depth === 0) return at + 1;
    } else if (byte === COMMA && depth === 0) return at;
    at += 1;
  }
  throw new SyntaxError('a value does not end');
}
