import { DomainError } from './domain-error.js';

export type LabelOperator = '=' | '!=' | 'in' | 'notin' | 'exists' | '!' | '>' | '<';

export interface LabelRequirement {
  readonly key: string;
  readonly operator: LabelOperator;
  /** One for `=`, `!=`, `>`, `<`; one or more for `in`, `notin`; none for the rest. */
  readonly values: readonly string[];
}

/** Requirements that must all hold; none means that everything matches. */
export interface LabelSelector {
  readonly requirements: readonly LabelRequirement[];
}

const TOKEN = /\s*(?:(==|!=|=|!|,|\(|\)|>|<)|([^\s=!,()<>]+))/y;
const QUALIFIED_NAME = /^[A-Za-z0-9](?:[-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?$/;
const DNS_SUBDOMAIN = /^[a-z0-9](?:[-a-z0-9]*[a-z0-9])?(?:\.[a-z0-9](?:[-a-z0-9]*[a-z0-9])?)*$/;
const LABEL_VALUE = /^(?:[A-Za-z0-9](?:[-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?)?$/;
const MAX_TEXT = 4096;

/**
 * Parses the string form that kubectl's `-l` takes: `pool=batch,zone!=a,tier in (x,y),env notin (z),gpu,!spot,cores>4`.
 * `pointer` says where in the caller's input the text stood.
 * @throws DomainError VALIDATION_FAILED that says which part is not a requirement.
 */
export function parseLabelSelector(text: string, pointer = '?labelSelector'): LabelSelector {
  try {
    return parse(text);
  } catch (error) {
    if (!(error instanceof UnreadableSelector)) throw error;
    throw new DomainError('VALIDATION_FAILED', `The label selector is not valid: ${error.message}.`, {
      violations: [{ pointer, code: 'INVALID_LABEL_SELECTOR', message: error.message }],
    });
  }
}

class UnreadableSelector extends Error {}

function parse(text: string): LabelSelector {
  if (text.length > MAX_TEXT) throw invalid(`it is longer than ${MAX_TEXT} characters`);
  const tokens = tokenize(text);
  const requirements: LabelRequirement[] = [];
  let at = 0;
  while (at < tokens.length) {
    const [requirement, next] = parseRequirement(tokens, at);
    requirements.push(requirement);
    at = next;
    if (at === tokens.length) break;
    if (tokens[at] !== ',') throw invalid(`found '${tokens[at]}' where a comma or the end was expected`);
    at++;
    if (at === tokens.length) throw invalid('it ends with a comma');
  }
  return { requirements };
}

/** As the API server decides: a missing key satisfies `!=`, `notin` and `!`, and nothing else. */
export function matchesLabels(selector: LabelSelector, labels: Readonly<Record<string, string>>): boolean {
  for (const requirement of selector.requirements) if (!holds(requirement, labels)) return false;
  return true;
}

function holds({ key, operator, values }: LabelRequirement, labels: Readonly<Record<string, string>>): boolean {
  const value = Object.hasOwn(labels, key) ? labels[key] : undefined;
  switch (operator) {
    case '=':
    case 'in':
      return value !== undefined && values.includes(value);
    case '!=':
    case 'notin':
      return value === undefined || !values.includes(value);
    case 'exists':
      return value !== undefined;
    case '!':
      return value === undefined;
    case '>':
      return value !== undefined && /^-?\d+$/.test(value) && Number(value) > Number(values[0]);
    case '<':
      return value !== undefined && /^-?\d+$/.test(value) && Number(value) < Number(values[0]);
  }
}

function tokenize(text: string): string[] {
  const tokens: string[] = [];
  const end = text.trimEnd().length;
  TOKEN.lastIndex = 0;
  while (TOKEN.lastIndex < end) {
    const match = TOKEN.exec(text);
    if (!match) throw invalid('it cannot be read');
    tokens.push((match[1] ?? match[2]) as string);
  }
  return tokens;
}

function parseRequirement(tokens: readonly string[], start: number): [LabelRequirement, number] {
  if (tokens[start] === '!') return [{ key: keyAt(tokens, start + 1), operator: '!', values: [] }, start + 2];
  const key = keyAt(tokens, start);
  const operator = tokens[start + 1];
  switch (operator) {
    case undefined:
    case ',':
      return [{ key, operator: 'exists', values: [] }, start + 1];
    case '=':
    case '==':
    case '!=': {
      // `key=` selects the empty value, as the API server reads it.
      const word = tokens[start + 2];
      const empty = word === undefined || word === ',';
      const values = [empty ? '' : labelValue(word)];
      return [{ key, operator: operator === '!=' ? '!=' : '=', values }, start + (empty ? 2 : 3)];
    }
    case '>':
    case '<': {
      const bound = tokens[start + 2];
      if (bound === undefined || !/^-?\d+$/.test(bound)) throw invalid(`'${key}${operator}' needs an integer`);
      return [{ key, operator, values: [bound] }, start + 3];
    }
    case 'in':
    case 'notin': {
      const [values, next] = valuesAt(tokens, start + 2, `${key} ${operator}`);
      return [{ key, operator, values }, next];
    }
    default:
      throw invalid(`found '${operator}' after '${key}' where an operator was expected`);
  }
}

function valuesAt(tokens: readonly string[], start: number, what: string): [string[], number] {
  if (tokens[start] !== '(') throw invalid(`'${what}' needs values in parentheses`);
  const values: string[] = [];
  for (let at = start + 1; at < tokens.length; ) {
    const token = tokens[at] as string;
    if (token === ')' || token === ',') {
      values.push('');
    } else {
      values.push(labelValue(token));
      at++;
    }
    if (tokens[at] === ')') return [values, at + 1];
    if (tokens[at] !== ',') break;
    at++;
  }
  throw invalid(`the values of '${what}' need a closing parenthesis and commas between them`);
}

function keyAt(tokens: readonly string[], at: number): string {
  const key = tokens[at];
  if (key === undefined) throw invalid('a label key is missing at its end');
  const slash = key.indexOf('/');
  const prefix = slash < 0 ? null : key.slice(0, slash);
  const prefixOk = prefix === null || (prefix.length <= 253 && DNS_SUBDOMAIN.test(prefix));
  if (!prefixOk || !QUALIFIED_NAME.test(key.slice(slash + 1))) throw invalid(`'${key}' is not a label key`);
  return key;
}

function labelValue(word: string): string {
  if (!LABEL_VALUE.test(word)) throw invalid(`'${word}' is not a label value`);
  return word;
}

function invalid(why: string): UnreadableSelector {
  return new UnreadableSelector(why);
}
