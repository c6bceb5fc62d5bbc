import { DomainError } from './domain-error.js';
import { textFault } from './sound-text.js';

export const DEFAULT_PAGE_SIZE = 50;
export const MAX_PAGE_SIZE = 200;

/** A request for one page: `first` items after the opaque cursor `after`. */
export interface PageRequest {
  first: number;
  after?: string;
}

/** One page of items; `cursors[i]` is the cursor of `items[i]`. */
export interface Page<T> {
  items: T[];
  cursors: string[];
  endCursor: string | null;
  hasNextPage: boolean;
  /** Only where the whole set is known without counting rows. */
  totalCount?: number;
}

/** A cursor is base64url JSON of the sort key of the row it points at; opaque to callers, stable over inserts. */
export function encodeCursor(key: readonly (string | number | null)[]): string {
  return Buffer.from(JSON.stringify(key)).toString('base64url');
}

/** For what was made up, or belongs to another list. */
export function invalidCursor(): DomainError {
  return new DomainError('VALIDATION_FAILED', 'The cursor is not one that this API returned.', {
    violations: [{ pointer: '?after', code: 'INVALID_CURSOR', message: 'use pageInfo.endCursor of an earlier page' }],
  });
}

/** @throws DomainError VALIDATION_FAILED if the cursor was not made by encodeCursor with as many parts. */
export function decodeCursor(cursor: string, parts: number): (string | number | null)[] {
  let key: unknown;
  try {
    key = JSON.parse(Buffer.from(cursor, 'base64url').toString('utf8'));
  } catch (cause) {
    throw Object.assign(invalidCursor(), { cause });
  }
  const scalar = (v: unknown) =>
    v === null || Number.isFinite(v) || (typeof v === 'string' && textFault(v) === undefined);
  if (!Array.isArray(key) || key.length !== parts || !key.every(scalar)) throw invalidCursor();
  return key;
}

/** Builds a page from up to `first + 1` rows: the extra row only proves that there is a next page. */
export function pageOf<T>(
  rows: readonly T[],
  first: number,
  keyOf: (row: T) => readonly (string | number | null)[],
  totalCount?: number,
): Page<T> {
  const items = rows.slice(0, first);
  const cursors = items.map((row) => encodeCursor(keyOf(row)));
  const page: Page<T> = { items, cursors, endCursor: cursors.at(-1) ?? null, hasNextPage: rows.length > first };
  return totalCount === undefined ? page : { ...page, totalCount };
}

/** A list whose reader may see next to nothing must not read the whole table. */
const MAX_ROUNDS = 20;

/**
 * A page of what its reader may see, gathered from pages of all. Where the rounds run out first it is short, or empty, and
 * its cursor is where the search stopped, so that the reader gets on. `visibleOf` is asked once for all items of a page: what
 * it needs to know of the reader it finds out once.
 */
export async function visiblePage<T>(
  page: PageRequest,
  list: (request: PageRequest) => Promise<Page<T>>,
  visibleOf: (items: readonly T[]) => readonly T[],
): Promise<Page<T>> {
  const items: T[] = [];
  const cursors: string[] = [];
  let { after } = page;
  for (let round = 0; round < MAX_ROUNDS; round++) {
    const found = await list({ first: page.first, ...(after === undefined ? {} : { after }) });
    const visible = new Set(visibleOf(found.items));
    for (const [index, item] of found.items.entries()) {
      if (!visible.has(item)) continue;
      if (items.length === page.first) return { items, cursors, endCursor: cursors.at(-1) ?? null, hasNextPage: true };
      items.push(item);
      cursors.push(found.cursors[index] as string);
    }
    if (!found.hasNextPage || found.endCursor === null) {
      return { items, cursors, endCursor: cursors.at(-1) ?? null, hasNextPage: false };
    }
    after = found.endCursor;
    if (items.length === page.first) break;
  }
  return { items, cursors, endCursor: after ?? null, hasNextPage: true };
}
