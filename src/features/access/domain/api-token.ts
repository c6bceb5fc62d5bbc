import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import { crc32 } from 'node:zlib';

/**
 * `ns_<id>_<secret>_<checksum>`: the id finds the row, the secret (256 random bits) proves it, and the checksum lets
 * secret scanners and this service tell a token from noise without a look-up.
 */
export interface ParsedToken {
  id: string;
  secret: string;
}

const FORMAT = /^ns_([0-9a-f]{16})_([0-9a-f]{64})_([0-9a-f]{8})$/;

export function newTokenId(): string {
  return randomBytes(8).toString('hex');
}

/** A new token under `id`. The text is shown once; only `hash` is kept. */
export function mintToken(id: string): { text: string; hash: Buffer } {
  const secret = randomBytes(32).toString('hex');
  return { text: `ns_${id}_${secret}_${checksum(id, secret)}`, hash: hashSecret(secret) };
}

export function parseToken(text: string): ParsedToken | undefined {
  const [, id, secret, sum] = FORMAT.exec(text) ?? [];
  if (!id || !secret || sum !== checksum(id, secret)) return undefined;
  return { id, secret };
}

/** Plain SHA-256 is enough: the secret has 256 random bits, so there is nothing to guess. */
export function hashSecret(secret: string): Buffer {
  return createHash('sha256').update(secret).digest();
}

export function sameHash(a: Buffer, b: Buffer): boolean {
  return a.length === b.length && timingSafeEqual(a, b);
}

function checksum(id: string, secret: string): string {
  return crc32(`ns_${id}_${secret}`).toString(16).padStart(8, '0');
}
