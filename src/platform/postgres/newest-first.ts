import { firstIdAt } from '../../kernel/ids.js';

/** A page of a table, newest first. Columns and the table are names of ours, never text of a caller. */
export interface NewestFirst {
  readonly table: string;
  /** Columns to read; all if left out. */
  readonly columns?: readonly string[];
  /** Columns whose descending order is the list's, the last of them unique. */
  readonly order: readonly string[];
  /** Column and value; undefined is no condition. */
  readonly equal?: Readonly<Record<string, unknown>>;
  /** Column and the values of which one must hold; undefined or empty is no condition. */
  readonly anyOf?: Readonly<Record<string, readonly string[] | undefined>>;
  /** Of a list of ids: made at or after, and before. An id begins with the time at which it was made. */
  readonly made?: { readonly since?: Date | undefined; readonly until?: Date | undefined };
  /** Only what another table names under a value; its primary key is `column` and then `id`. */
  readonly listed?: { readonly table: string; readonly column: string; readonly value: string | undefined };
  /** Further conditions on the alias `e`. */
  readonly conditions?: (use: (value: unknown) => string) => readonly string[];
  /** The key of the last row of the page before, in the order of `order`. */
  readonly after?: readonly unknown[] | undefined;
  readonly limit: number;
}

/**
 * The statement for such a page. Each value of an `anyOf` is read by itself from the index that has this column first and
 * then the order, and the short lists are merged: `column = ANY(…)` would make Postgres choose between sorting all that
 * match and reading the whole table backwards, and either is slow for some values. Each is a parameter of its own, by which
 * Postgres knows how rare it is.
 */
export function newestFirst(page: NewestFirst): { text: string; parameters: unknown[] } {
  const parameters: unknown[] = [];
  const use = (value: unknown) => `$${parameters.push(value)}`;
  const { key, source, conditions } = partsOf(page, use);
  const limit = `LIMIT ${use(page.limit)}`;
  const inOrder = (columns: readonly string[]) =>
    `ORDER BY ${columns.map((column) => `${column} DESC`).join(', ')} ${limit}`;
  const columns = (page.columns ?? ['*']).map((column) => `e.${column}`).join(', ');
  const rows = choicesOf(page.anyOf ?? {}, use).map((choice) => {
    const all = [...conditions, ...choice];
    return `SELECT ${columns} FROM ${source}${all.length > 0 ? ` WHERE ${all.join(' AND ')}` : ''} ${inOrder(key)}`;
  });
  if (rows.length === 1) return { text: rows[0] as string, parameters };
  const merged = inOrder(page.order.map((column) => `e.${column}`));
  return { text: `SELECT * FROM (${rows.map((each) => `(${each})`).join(' UNION ALL ')}) e ${merged}`, parameters };
}

function partsOf(page: NewestFirst, use: (value: unknown) => string) {
  const conditions: string[] = [];
  for (const [column, value] of Object.entries(page.equal ?? {})) {
    if (value !== undefined) conditions.push(`e.${column} = ${use(value)}`);
  }
  conditions.push(...(page.conditions?.(use) ?? []));
  // Where another table leads, its order is the list's: Postgres carries no range over from one column to its equal.
  const listed = page.listed?.value === undefined ? undefined : page.listed;
  const key = listed ? ['l.id'] : page.order.map((column) => `e.${column}`);
  if (page.made?.since) conditions.push(`${key[0]} >= ${use(firstIdAt(page.made.since))}`);
  if (page.made?.until) conditions.push(`${key[0]} < ${use(firstIdAt(page.made.until))}`);
  if (listed) conditions.push(`l.${listed.column} = ${use(listed.value)}`);
  if (page.after) conditions.push(`(${key.join(', ')}) < (${page.after.map(use).join(', ')})`);
  const source = listed ? `${listed.table} l JOIN ${page.table} e ON e.id = l.id` : `${page.table} e`;
  return { key, source, conditions };
}

/** Every combination of one value for each column, as conditions; a single empty one where there is no choice. */
function choicesOf(anyOf: NonNullable<NewestFirst['anyOf']>, use: (value: unknown) => string): string[][] {
  let choices: string[][] = [[]];
  for (const [column, values] of Object.entries(anyOf)) {
    if (!values?.length) continue;
    const places = [...new Set(values)].map((value) => `e.${column} = ${use(value)}`);
    choices = choices.flatMap((choice) => places.map((place) => [...choice, place]));
  }
  return choices;
}

/**
 * Two short lists of values that share one index `(first, second, …order)`: where either is asked for, the other runs through
 * all it can be, so that the index always gives rows in the list's order.
 */
export function crossed(
  [firstColumn, first, allFirst]: readonly [string, readonly string[] | undefined, readonly string[]],
  [secondColumn, second, allSecond]: readonly [string, readonly string[] | undefined, readonly string[]],
): Record<string, readonly string[]> {
  if (!first?.length && !second?.length) return {};
  return {
    [firstColumn]: first?.length ? first : allFirst,
    [secondColumn]: second?.length ? second : allSecond,
  };
}
