import { ApiError } from './api-error.js';

type Labels = Readonly<Record<string, string>> | undefined;

export type LabelMatcher = (labels: Labels) => boolean;

/** The `LabelSelector` object of workloads and disruption budgets. */
export interface LabelSelector {
  readonly matchLabels?: Readonly<Record<string, string>>;
  readonly matchExpressions?: readonly {
    readonly key: string;
    readonly operator: string;
    readonly values?: readonly string[];
  }[];
}

/** An absent selector matches nothing, an empty one everything, as in Kubernetes. */
export function labelSelectorMatcher(selector: LabelSelector | undefined | null): LabelMatcher {
  if (!selector) return () => false;
  const terms: LabelMatcher[] = Object.entries(selector.matchLabels ?? {}).map(
    ([key, value]) =>
      (labels) =>
        labels?.[key] === value,
  );
  for (const { key, operator, values } of selector.matchExpressions ?? [])
    terms.push(term(key, operator, values ?? []));
  return (labels) => terms.every((matches) => matches(labels));
}

function term(key: string, operator: string, values: readonly string[]): LabelMatcher {
  switch (operator) {
    case 'In':
      return (labels) => labels?.[key] !== undefined && values.includes(labels[key]);
    case 'NotIn':
      return (labels) => labels?.[key] === undefined || !values.includes(labels[key]);
    case 'Exists':
      return (labels) => labels?.[key] !== undefined;
    case 'DoesNotExist':
      return (labels) => labels?.[key] === undefined;
    case 'Gt':
      return (labels) => Number(labels?.[key]) > Number(values[0]);
    case 'Lt':
      return (labels) => Number(labels?.[key]) < Number(values[0]);
    default:
      throw ApiError.badRequest(`"${operator}" is not a valid label selector operator`);
  }
}

const SET_TERM = /^([^\s!=(),]+)\s+(in|notin)\s*\(([^)]*)\)$/;
const EQUALITY_TERM = /^([^\s!=(),]+)\s*(=|==|!=)\s*([^\s!=(),]*)$/;
const NUMBER_TERM = /^([^\s!=(),<>]+)\s*([<>])\s*(\d+)$/;
const EXISTS_TERM = /^(!?)\s*([^\s!=(),]+)$/;

/** Parses the query form: `a=b,c!=d,e in (f,g),h notin (i),j,!k,n>1`. */
export function parseLabelSelector(text: string): LabelMatcher {
  const terms = splitTerms(text).map((part) => parseTerm(part, text));
  return (labels) => terms.every((matches) => matches(labels));
}

function parseTerm(part: string, whole: string): LabelMatcher {
  const set = SET_TERM.exec(part);
  if (set) {
    const values = (set[3] ?? '').split(',').map((value) => value.trim());
    return term(set[1] as string, set[2] === 'in' ? 'In' : 'NotIn', values);
  }
  const equality = EQUALITY_TERM.exec(part);
  if (equality) return term(equality[1] as string, equality[2] === '!=' ? 'NotIn' : 'In', [equality[3] ?? '']);
  const number = NUMBER_TERM.exec(part);
  if (number) return term(number[1] as string, number[2] === '>' ? 'Gt' : 'Lt', [number[3] as string]);
  const exists = EXISTS_TERM.exec(part);
  if (exists) return term(exists[2] as string, exists[1] ? 'DoesNotExist' : 'Exists', []);
  if (/\b(in|notin)\s*\([^)]*$/.test(part))
    throw ApiError.badRequest("unable to parse requirement: found '', expected: ',', ')' or identifier");
  throw ApiError.badRequest(`unable to parse requirement: found '${part}' in label selector "${whole}"`);
}

/** Splits at commas outside parentheses. */
function splitTerms(text: string): string[] {
  const parts: string[] = [];
  let depth = 0;
  let start = 0;
  for (let i = 0; i <= text.length; i++) {
    const char = text[i];
    if (char === '(') depth++;
    else if (char === ')') depth--;
    else if (i === text.length || (char === ',' && depth === 0)) {
      parts.push(text.slice(start, i).trim());
      start = i + 1;
    }
  }
  return parts.filter((part) => part !== '');
}
