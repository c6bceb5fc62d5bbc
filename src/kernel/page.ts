import { DomainError } from './domain-error.js';
import { isId } from './ids.js';
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

type Scalar = string | number | null;
/** The values that order the rows of a list, of which no two rows have the same. */
export type RowKey = readonly Scalar[];

const isText = (part: unknown): part is string => typeof part === 'string' && textFault(part) === undefined;

const PARTS = {
  id: (part: unknown) => isText(part) && isId(part),
  time: (part: unknown) => isText(part) && isStoredTime(part),
  text: isText,
  number: (part: unknown) => Number.isFinite(part),
  scalar: (part: unknown) => part === null || Number.isFinite(part) || isText(part),
} as const;

/**
 * The cursors of one list: base64url JSON of the list's name and the key of the row that it points at. They are opaque to
 * callers and stable over inserts; what was made up, or belongs to another list, is refused before it reaches a statement.
 */
export class ListCursors {
  constructor(
    private readonly list: string,
    private readonly parts: readonly (keyof typeof PARTS)[],
  ) {}

  /** The key of the row to go on after. @throws DomainError VALIDATION_FAILED for anything but a cursor of this list */
  after({ after }: { readonly after?: string | undefined }): RowKey | undefined {
    return after === undefined ? undefined : this.decode(after);
  }

  /** Builds a page from up to `first + 1` rows: the extra row only proves that there is a next page. */
  page<T>(rows: readonly T[], first: number, keyOf: (row: T) => RowKey, totalCount?: number): Page<T> {
    const items = rows.slice(0, first);
    const cursors = items.map((row) => this.encode(keyOf(row)));
    const page: Page<T> = { items, cursors, endCursor: cursors.at(-1) ?? null, hasNextPage: rows.length > first };
    return totalCount === undefined ? page : { ...page, totalCount };
  }

  private encode(key: RowKey): string {
    return Buffer.from(JSON.stringify([this.list, ...key])).toString('base64url');
  }

  private decode(cursor: string): RowKey {
    let content: unknown;
    try {
      content = JSON.parse(Buffer.from(cursor, 'base64url').toString('utf8'));
    } catch (cause) {
      throw Object.assign(invalidCursor(), { cause });
    }
    if (!Array.isArray(content)) throw invalidCursor();
    const [list, ...key] = content;
    const isSound = list === this.list && key.length === this.parts.length;
    if (!isSound || !this.parts.every((part, index) => PARTS[part](key[index]))) throw invalidCursor();
    return key;
  }
}

function invalidCursor(): DomainError {
  return new DomainError('VALIDATION_FAILED', 'The cursor is not one that this API returned for this list.', {
    violations: [{ pointer: '?after', code: 'INVALID_CURSOR', message: 'use pageInfo.endCursor of an earlier page' }],
  });
}

/** As Date writes it, in the years that Postgres knows. */
function isStoredTime(text: string): boolean {
  const time = new Date(text);
  return /^(?!0000)\d{4}-/.test(text) && !Number.isNaN(time.getTime()) && time.toISOString() === text;
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
