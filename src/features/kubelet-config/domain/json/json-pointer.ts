/** One reference token of RFC 6901, escaped. */
export const pointerToken = (key: string | number): string => String(key).replaceAll('~', '~0').replaceAll('/', '~1');

/** `['evictionHard', 'memory.available']` becomes `/evictionHard/memory.available`. */
export const jsonPointer = (path: readonly (string | number)[]): string =>
  path.map((key) => `/${pointerToken(key)}`).join('');
