import { invalidInput } from '../../../kernel/invalid-input.js';
import { hasBrokenText, isDeeperThan, isJsonObject, type JsonObject } from '../domain/json/json-value.js';
import { MAX_PATCH_BYTES, MAX_PATCH_DEPTH, parsePatchDocument } from '../domain/parsing/patch-document.js';

/** The patch of a body: an object, or text in YAML or JSON. Refuses only what could not even be stored. */
export function patchOf(input: unknown): JsonObject {
  const patch = typeof input === 'string' ? parsed(input) : input;
  if (isDeeperThan(patch, MAX_PATCH_DEPTH)) refuse('PATCH_TOO_DEEP', `is nested deeper than ${MAX_PATCH_DEPTH} levels`);
  if (!isJsonObject(patch)) refuse('PATCH_NOT_AN_OBJECT', 'must be an object of KubeletConfiguration fields');
  if (hasBrokenText(patch)) refuse('PATCH_NOT_UNICODE', 'holds text that is not valid Unicode');
  const text = JSON.stringify(patch);
  if (Buffer.byteLength(text) > MAX_PATCH_BYTES) refuse('PATCH_TOO_LARGE', `is larger than ${MAX_PATCH_BYTES} bytes`);
  if (text.includes('\\u0000')) refuse('PATCH_NOT_UNICODE', 'holds the character U+0000');
  // A copy of plain objects: a GraphQL literal comes without prototypes.
  return JSON.parse(text) as JsonObject;
}

function parsed(text: string): JsonObject {
  const result = parsePatchDocument(text);
  if ('patch' in result) return result.patch;
  throw invalidInput(result.errors.map((error) => ({ ...error, pointer: `/patch${error.pointer}` })));
}

function refuse(code: string, message: string): never {
  throw invalidInput([{ pointer: '/patch', code, message }]);
}
