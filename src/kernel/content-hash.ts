import { createHash } from 'node:crypto';
import canonicalize from 'canonicalize';

/** SHA-256 in hex over the canonical JSON (RFC 8785) of a value: equal content gives equal hashes whatever the key order. */
export function contentHash(value: unknown): string {
  const text = canonicalize(value);
  if (text === undefined) throw new TypeError('only JSON values have a content hash');
  return createHash('sha256').update(text, 'utf8').digest('hex');
}
