import { RE2JS } from 're2js';

const MAX_TAIL_LINES = 100_000;
const MAX_SERVICES = 4;
const MAX_SERVICE_LENGTH = 256;
const UNSAFE = /[^a-zA-Z\-_.:0-9@]+/;
const RFC3339 = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(?:\.\d+)?(?:Z|[+-]\d{2}:\d{2})$/;

export interface NodeLogQuery {
  services: string[];
  files: string[];
  /** Instants, for what the kubelet checks. */
  sinceMs?: number;
  untilMs?: number;
  /** What the kubelet hands to journalctl: the same, whole seconds, as a wall time without a zone. */
  sinceWall?: number;
  untilWall?: number;
  tailLines?: number;
  boot?: number;
  pattern?: string;
}

export interface NodeLogRefusal {
  status: 400 | 406;
  message: string;
}

const hasOptions = ({ sinceMs, untilMs, tailLines, boot, pattern }: NodeLogQuery): boolean =>
  [sinceMs, untilMs, tailLines, boot, pattern].some((value) => value !== undefined);

/**
 * The kubelet's log query: unparsable values are a 400, well-formed but invalid ones a 406, both with the text of the
 * real one. Undefined means that nothing was asked for, so the path is served as a file.
 */
export function parseNodeLogQuery(params: URLSearchParams): NodeLogQuery | NodeLogRefusal | undefined {
  const errors: string[] = [];
  const query: NodeLogQuery = { services: [], files: [] };
  for (const value of params.getAll('query')) {
    if (/[/\\]/.test(value)) query.files.push(value);
    else if (value.trim() !== '') query.services.push(value);
  }
  if (params.has('query') && query.files.length + query.services.length === 0) {
    errors.push(`query: Invalid value: ${JSON.stringify(params.getAll('query'))}: query cannot be empty`);
  }
  query.sinceMs = time(params, 'sinceTime', errors);
  query.untilMs = time(params, 'untilTime', errors);
  query.sinceWall = wallTime(params.get('sinceTime'));
  query.untilWall = wallTime(params.get('untilTime'));
  query.boot = integer(params, 'boot', errors);
  query.tailLines = integer(params, 'tailLines', errors);
  query.pattern = params.get('pattern') || undefined;
  if (errors.length > 0) return { status: 400, message: aggregate(errors) };
  if (query.services.length + query.files.length === 0 && !hasOptions(query)) return undefined;
  const invalid = validate(query, params);
  return invalid.length > 0 ? { status: 406, message: aggregate(invalid) } : query;
}

function time(params: URLSearchParams, name: string, errors: string[]): number | undefined {
  const text = params.get(name);
  if (!text) return undefined;
  const value = RFC3339.test(text) ? Date.parse(text) : Number.NaN;
  if (Number.isNaN(value)) errors.push(`${name}: Invalid value: "${text}": invalid time format`);
  return value;
}

const wallTime = (text: string | null): number | undefined => (text ? Date.parse(`${text.slice(0, 19)}Z`) : undefined);

function integer(params: URLSearchParams, name: string, errors: string[]): number | undefined {
  const text = params.get(name);
  if (!text) return undefined;
  if (/^[+-]?\d{1,18}$/.test(text)) return Number(text);
  errors.push(`${name}: Invalid value: "${text}": strconv.Atoi: parsing "${text}": invalid syntax`);
  return undefined;
}

function validate(query: NodeLogQuery, params: URLSearchParams): string[] {
  const errors: string[] = [];
  const { services, files, sinceMs, untilMs, boot, tailLines, pattern } = query;
  for (const service of services) {
    const text = `query: Invalid value: ${JSON.stringify(service)}:`;
    if (service.length > MAX_SERVICE_LENGTH) errors.push(`${text} length must be less than 100`);
    else if (UNSAFE.test(service)) errors.push(`${text} input contains unsupported characters`);
  }
  if (services.length > MAX_SERVICES)
    errors.push(`query: Too many: ${services.length}: must have at most ${MAX_SERVICES} items`);
  if (files.length + services.length === 0) errors.push('query: Required value: cannot be empty with options');
  else if (files.length > 0 && services.length > 0) {
    errors.push(`query: Invalid value: "[${files}], [${services}]": cannot specify a file and service`);
  } else if (files.length > 1)
    errors.push(`query: Invalid value: ${JSON.stringify(files)}: cannot specify more than one file`);
  else if (files.length === 1 && hasOptions(query)) {
    errors.push(`query: Invalid value: ${JSON.stringify(files)}: cannot specify file with options`);
  }
  if (sinceMs !== undefined && untilMs !== undefined && sinceMs > untilMs) {
    errors.push(`untilTime: Invalid value: "${params.get('untilTime')}": must be after \`sinceTime\``);
  }
  if (boot !== undefined && boot > 0) errors.push(`boot: Invalid value: ${boot}: must be less than 1`);
  if (tailLines !== undefined && (tailLines < 0 || tailLines > MAX_TAIL_LINES)) {
    errors.push(`tailLines: Invalid value: ${tailLines}: must be between 0 and ${MAX_TAIL_LINES}, inclusive`);
  }
  if (pattern !== undefined && !compiles(pattern)) {
    errors.push(`pattern: Invalid value: ${JSON.stringify(pattern)}: error parsing regexp: ${regexpFault(pattern)}`);
  }
  return errors;
}

/** In Go's words. */
const regexpFault = (pattern: string): string =>
  /\((?![^)]*\))/.test(pattern) ? `missing closing ): \`${pattern}\`` : `missing closing ]: \`${pattern}\``;

function compiles(pattern: string): boolean {
  try {
    RE2JS.compile(pattern);
    return true;
  } catch {
    return false;
  }
}

const aggregate = (errors: string[]): string =>
  errors.length === 1 ? (errors[0] as string) : `[${errors.join(', ')}]`;
