/** Languages whose names of months the C library may give to journalctl; English comes first where names clash. */
const LANGUAGES =
  'en de fr es it pt nl sv da nb fi pl cs sk hu ro bg hr sr sl uk ru el tr et lv lt ca eu gl id ms vi is ga cy kk be mk az ka hy ar fa he hi th';

const normal = (name: string): string =>
  name
    .normalize('NFD')
    .replace(/\p{M}/gu, '')
    .replace(/[.\u200f\u200e]/g, '')
    .toLowerCase();

/** Month to its short and long names, normal, in all of the languages. Made when a name is not English, then kept. */
let table: ReadonlySet<string>[] | undefined;

function names(): ReadonlySet<string>[] {
  table ??= Array.from({ length: 12 }, (_, index) => {
    const found = new Set<string>();
    const day = Date.UTC(2026, index, 15);
    for (const language of LANGUAGES.split(' ')) {
      for (const month of ['short', 'long'] as const) {
        for (const options of [{ month }, { month, day: 'numeric' as const }]) {
          const parts = new Intl.DateTimeFormat(language, { ...options, timeZone: 'UTC' }).formatToParts(day);
          const name = parts.find(({ type }) => type === 'month')?.value;
          if (name) found.add(normal(name));
        }
      }
    }
    return found;
  });
  return table;
}

const ENGLISH = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec'];

/** The months, from 1, that a name may stand for: `Dez`, `déc.`, `12月`. Several where languages disagree; none if unknown. */
export function monthsOf(name: string): readonly number[] {
  let months = seen.get(name);
  if (!months) {
    months = lookUp(name);
    if (seen.size >= MAX_SEEN) seen.clear();
    seen.set(name, months);
  }
  return months;
}

const MAX_SEEN = 500;
const seen = new Map<string, readonly number[]>();

function lookUp(name: string): number[] {
  const number = /^\D{0,2}(\d{1,2})\D{0,2}$/.exec(name)?.[1];
  if (number !== undefined) return Number(number) >= 1 && Number(number) <= 12 ? [Number(number)] : [];
  const wanted = normal(name);
  const english = ENGLISH.indexOf(wanted) + 1;
  if (english > 0) return [english];
  const which = (matches: (known: string) => boolean) =>
    names().flatMap((known, index) => ([...known].some(matches) ? [index + 1] : []));
  const exact = which((known) => known === wanted);
  if (exact.length > 0 || wanted.length < 3) return exact;
  return which((known) => known.startsWith(wanted));
}
