import {
  type Document,
  isAlias,
  isMap,
  isPair,
  isScalar,
  Lexer,
  LineCounter,
  type Node,
  parseDocument,
  visit,
} from 'yaml';
import type { InputViolation } from '../../../../kernel/domain-error.js';
import { isJsonObject, type JsonObject } from '../json/json-value.js';

export const MAX_PATCH_BYTES = 64 * 1024;
export const MAX_PATCH_DEPTH = 16;
/** A line of a configuration has about six. What the parser does with a token may take time by the number of the others. */
const MAX_TOKENS = 4_000;

export type ParsedPatch = { patch: JsonObject } | { errors: InputViolation[] };

const refuse = (code: string, message: string): ParsedPatch => ({ errors: [{ pointer: '', code, message }] });

/**
 * Reads one YAML 1.2 or JSON document, within limits that keep it short. Whatever JSON can't say as it is written is
 * refused: no aliases, anchors, tags, merges, duplicate keys, keys or values of other kinds, second documents. Never throws.
 */
export function parsePatchDocument(text: string): ParsedPatch {
  if (Buffer.byteLength(text) > MAX_PATCH_BYTES) {
    return refuse('PATCH_TOO_LARGE', `the patch is larger than ${MAX_PATCH_BYTES} bytes`);
  }
  if (hasTooManyTokens(text)) {
    return refuse('PATCH_TOO_LARGE', `the patch has more than ${MAX_TOKENS} words and signs`);
  }
  const lines = new LineCounter();
  const unreadable = (message: string, offset?: number) => {
    const { line, col } = offset === undefined ? { line: 0, col: 0 } : lines.linePos(offset);
    const place = line > 0 ? ` at line ${line}, column ${col}` : '';
    return refuse('PATCH_NOT_PARSABLE', `not readable as YAML or JSON: ${firstLine(message)}${place}`);
  };
  try {
    // Without the library's own duplicate check and excerpts, which take time by the square of what they look at.
    const document = parseDocument(text, {
      schema: 'core',
      uniqueKeys: false,
      strict: true,
      prettyErrors: false,
      lineCounter: lines,
    });
    const problem = document.errors[0] ?? document.warnings[0];
    if (problem) return unreadable(problem.message, problem.pos[0]);
    if (document.directives?.yaml.explicit) return unreadable('directives are not supported', 0);
    const fault = faultIn(document);
    if (fault?.code === 'PATCH_TOO_DEEP') return refuse(fault.code, fault.message);
    if (fault) return unreadable(fault.message, fault.node?.range?.[0]);
    const value: unknown = document.toJS({ maxAliasCount: 0 });
    if (isJsonObject(value)) return { patch: value };
    return refuse('PATCH_NOT_AN_OBJECT', 'the patch must be an object of KubeletConfiguration fields');
  } catch (error) {
    return unreadable((error as Error).message);
  }
}

function hasTooManyTokens(text: string): boolean {
  let tokens = 0;
  for (const _ of new Lexer().lex(text)) {
    tokens += 1;
    if (tokens > MAX_TOKENS) return true;
  }
  return false;
}

interface Fault {
  code: 'PATCH_NOT_PARSABLE' | 'PATCH_TOO_DEEP';
  message: string;
  node?: Node | null;
}

const broken = (message: string, node: Node): Fault => ({ code: 'PATCH_NOT_PARSABLE', message, node });

/** The first thing in a document that would not come out as it is written. */
function faultIn(document: Document.Parsed): Fault | undefined {
  let fault: Fault | undefined;
  visit(document, {
    Node(_key, node, path) {
      const depth = path.filter((parent) => !isPair(parent)).length - 1;
      if (depth > MAX_PATCH_DEPTH) {
        fault = { code: 'PATCH_TOO_DEEP', message: `the patch is nested deeper than ${MAX_PATCH_DEPTH} levels` };
      } else fault = nodeFault(node as Node) ?? (isMap(node) ? keyFault(node.items) : undefined);
      return fault ? visit.BREAK : undefined;
    },
  });
  return fault;
}

function nodeFault(node: Node): Fault | undefined {
  if (isAlias(node)) return broken('aliases are not supported', node);
  if (node.anchor !== undefined) return broken('anchors are not supported', node);
  if (node.tag !== undefined) return broken(`tags are not supported (${String(node.tag).slice(0, 64)})`, node);
  return isScalar(node) ? scalarFault(node.value, node.source ?? '', node) : undefined;
}

function scalarFault(value: unknown, source: string, node: Node): Fault | undefined {
  if (typeof value === 'string' || typeof value === 'boolean' || value === null) return undefined;
  if (typeof value !== 'number') return broken('only text, numbers, true, false and null are supported', node);
  const told = source.slice(0, 64);
  if (!Number.isFinite(value)) return broken(`${told} is no number that JSON has`, node);
  if (Object.is(value, -0)) return broken(`${told} would lose its sign: write 0`, node);
  if (Number.isInteger(value) && !Number.isSafeInteger(value)) {
    return broken(`${told} is beyond the whole numbers that are kept exactly, up to 2^53: write it as text`, node);
  }
  return undefined;
}

function keyFault(items: readonly { key: unknown }[]): Fault | undefined {
  const seen = new Set<string>();
  for (const { key } of items) {
    if (!isScalar(key) || typeof key.value !== 'string') {
      const node = key as Node;
      return broken('keys must be text: put them in quotes', node);
    }
    if (key.value === '<<') return broken('merge keys (<<) are not supported', key);
    if (key.value === '__proto__') return broken('__proto__ is not a field', key);
    if (seen.has(key.value)) return broken(`the key ${key.value.slice(0, 64)} is there twice`, key);
    seen.add(key.value);
  }
  return undefined;
}

const firstLine = (message: string): string => message.split('\n', 1)[0] as string;
