import { parseDocument } from 'yaml';
import type { InputViolation } from '../../../../kernel/domain-error.js';
import { isDeeperThan, isJsonObject, type JsonObject } from '../json/json-value.js';

export const MAX_PATCH_BYTES = 64 * 1024;
export const MAX_PATCH_DEPTH = 16;

export type ParsedPatch = { patch: JsonObject } | { errors: InputViolation[] };

const refuse = (code: string, message: string): ParsedPatch => ({ errors: [{ pointer: '', code, message }] });

/** Reads one YAML 1.2 or JSON document. No aliases, tags, duplicate keys or second documents; never throws. */
export function parsePatchDocument(text: string): ParsedPatch {
  if (Buffer.byteLength(text) > MAX_PATCH_BYTES) {
    return refuse('PATCH_TOO_LARGE', `the patch is larger than ${MAX_PATCH_BYTES} bytes`);
  }
  let value: unknown;
  try {
    const document = parseDocument(text, { schema: 'core', uniqueKeys: true, strict: true, prettyErrors: true });
    const problem = document.errors[0] ?? document.warnings[0];
    if (problem) return refuse('PATCH_NOT_PARSABLE', `not readable as YAML or JSON: ${firstLine(problem.message)}`);
    value = document.toJS({ maxAliasCount: 0 });
  } catch (error) {
    return refuse('PATCH_NOT_PARSABLE', `not readable as YAML or JSON: ${firstLine((error as Error).message)}`);
  }
  if (isDeeperThan(value, MAX_PATCH_DEPTH)) {
    return refuse('PATCH_TOO_DEEP', `the patch is nested deeper than ${MAX_PATCH_DEPTH} levels`);
  }
  if (!isJsonObject(value))
    return refuse('PATCH_NOT_AN_OBJECT', 'the patch must be an object of KubeletConfiguration fields');
  return { patch: value };
}

const firstLine = (message: string): string => message.split('\n', 1)[0] as string;
