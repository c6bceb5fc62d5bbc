import { describe, expect, it } from 'vitest';
import { ListCursors, type PageRequest, visiblePage } from './page.js';

const cursors = new ListCursors('numbers', ['scalar']);
const all = Array.from({ length: 500 }, (_, index) => 500 - index);

/** Newest first, as the lists of the service are. */
async function list({ first, ...after }: PageRequest) {
  const from = Number(cursors.after(after)?.[0] ?? Number.POSITIVE_INFINITY);
  return cursors.page(all.filter((item) => item < from).slice(0, first + 1), first, (item) => [item]);
}

async function walked(first: number, isVisible: (item: number) => boolean): Promise<number[]> {
  const seen: number[] = [];
  let after: string | undefined;
  for (let page = 0; page < 600; page++) {
    const found = await visiblePage({ first, ...(after === undefined ? {} : { after }) }, list, (items) =>
      items.filter(isVisible),
    );
    seen.push(...found.items);
    if (!found.hasNextPage) return seen;
    expect(found.endCursor).not.toBe(after ?? null);
    after = found.endCursor ?? undefined;
  }
  throw new Error('the walk does not end');
}

describe('a page of what its reader may see', () => {
  it.each([1, 3, 50, 200])('is walked to the end, whatever is hidden, %i at a time', async (first) => {
    expect(await walked(first, (item) => item % 7 === 0)).toEqual(all.filter((item) => item % 7 === 0));
    expect(await walked(first, (item) => item <= 2)).toEqual([2, 1]);
    expect(await walked(first, () => false)).toEqual([]);
    expect(await walked(first, () => true)).toEqual(all);
  });

  it('gives the cursor of each item', async () => {
    const page = await visiblePage({ first: 2 }, list, (found) => found.filter((item) => item % 2 === 0));
    expect(page.cursors.map((after) => cursors.after({ after }))).toEqual(page.items.map((item) => [item]));
  });
});
