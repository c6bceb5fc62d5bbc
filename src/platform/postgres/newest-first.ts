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
  /** Further conditions on the alias `e`. */
  readonly conditions?: (use: (value: unknown) => string) => readonly string[];
  /** The key of the last row of the page before, in the order of `order`. */
  readonly after?: readonly unknown[] | undefined;
  readonly limit: number;
}

/**
 * The statement for such a page. Each value of an `anyOf` is read by itself from the index that has this column first and
 * then the order, and the short lists are merged: `column = ANY(…)` would make Postgres choose between sorting all that
 * match and reading the whole table backwards, and either is slow for some values.
 */
export function newestFirst(page: NewestFirst): { text: string; parameters: unknown[] } {
  const parameters: unknown[] = [];
  const use = (value: unknown) => `$${parameters.push(value)}`;
  const conditions: string[] = [];
  for (const [column, value] of Object.entries(page.equal ?? {})) {
    if (value !== undefined) conditions.push(`e.${column} = ${use(value)}`);
  }
  conditions.push(...(page.conditions?.(use) ?? []));
  if (page.after) {
    const key = page.order.map((column) => `e.${column}`).join(', ');
    conditions.push(`(${key}) < (${page.after.map(use).join(', ')})`);
  }
  const choices = Object.entries(page.anyOf ?? {}).filter(([, values]) => values !== undefined && values.length > 0);
  const sources = choices.map(([column, values], index) => {
    conditions.push(`e.${column} = v${index}`);
    return `unnest(${use([...new Set(values)])}::text[]) AS v${index}`;
  });
  const where = conditions.length > 0 ? ` WHERE ${conditions.join(' AND ')}` : '';
  const order = `ORDER BY ${page.order.map((column) => `e.${column} DESC`).join(', ')} LIMIT ${use(page.limit)}`;
  const columns = (page.columns ?? ['*']).map((column) => `e.${column}`).join(', ');
  const rows = `SELECT ${columns} FROM ${page.table} e${where} ${order}`;
  if (sources.length === 0) return { text: rows, parameters };
  return { text: `SELECT ${columns} FROM ${sources.join(', ')}, LATERAL (${rows}) e ${order}`, parameters };
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
