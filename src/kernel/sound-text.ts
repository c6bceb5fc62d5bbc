import type { InputViolation } from './domain-error.js';

/** How deep and how large a value may be that comes from outside; whatever walks through it may then recurse. */
export const INPUT_LIMITS = { depth: 64, members: 20_000 } as const;

const NUL = '\u0000';

/** What keeps a text from being stored and written out again as it is; undefined if nothing does. */
export function textFault(text: string): string | undefined {
  if (text.includes(NUL)) return 'must not hold the character U+0000';
  return text.isWellFormed() ? undefined : 'must be valid Unicode, without lone surrogates';
}

interface Place {
  value: unknown;
  depth: number;
  parent?: Place;
  key?: string;
}

const pointerToken = (key: string) =>
  key.toWellFormed().replaceAll(NUL, '').slice(0, 64).replaceAll('~', '~0').replaceAll('/', '~1');

function pointerOf(place: Place): string {
  const keys: string[] = [];
  for (let at: Place | undefined = place; at?.key !== undefined; at = at.parent)
    keys.unshift(`/${pointerToken(at.key)}`);
  return keys.join('');
}

/**
 * The first fault of a value that came from outside, at any depth: text that can't be stored, a name that stands for a
 * prototype, more nesting or members than anything here takes. Without recursion, since the value may be deeper than the stack.
 */
export function inputFault(input: unknown): InputViolation | undefined {
  const open: Place[] = [{ value: input, depth: 0 }];
  let members = 0;
  for (let place = open.pop(); place; place = open.pop()) {
    const { value, depth, key } = place;
    const fault =
      (typeof value === 'string' ? textFault(value) : undefined) ?? (key === undefined ? undefined : keyFault(key));
    if (fault) return { pointer: pointerOf(place), code: 'INVALID_TEXT', message: fault };
    if (typeof value !== 'object' || value === null || value instanceof Date) continue;
    if (depth >= INPUT_LIMITS.depth)
      return tooLarge(`must not be nested deeper than ${INPUT_LIMITS.depth} levels`, 'TOO_DEEP');
    const keys = Object.keys(value);
    members += keys.length;
    if (members > INPUT_LIMITS.members)
      return tooLarge(`must not have more than ${INPUT_LIMITS.members} members`, 'TOO_LARGE');
    // Last in, first out: the fault that is told is the first of the text.
    for (const name of keys.reverse()) {
      open.push({ value: (value as Record<string, unknown>)[name], depth: depth + 1, parent: place, key: name });
    }
  }
  return undefined;
}

const keyFault = (key: string): string | undefined =>
  key === '__proto__' ? 'is not a name that a member may have' : textFault(key);

const tooLarge = (message: string, code: string): InputViolation => ({ pointer: '', code, message });

/** Whether JSON is nested deeper than a value from outside may be; looks at the text once, before anything parses it. */
export function isNestedTooDeep(json: string): boolean {
  let depth = 0;
  let inText = false;
  for (let i = 0; i < json.length; i += 1) {
    const code = json.charCodeAt(i);
    if (inText) {
      if (code === 0x5c) i += 1;
      else if (code === 0x22) inText = false;
    } else if (code === 0x22) inText = true;
    else if (code === 0x5b || code === 0x7b) {
      depth += 1;
      if (depth > INPUT_LIMITS.depth) return true;
    } else if (code === 0x5d || code === 0x7d) depth -= 1;
  }
  return false;
}
