import { randomBytes } from 'node:crypto';

/** UUIDv7 (RFC 9562): sorts by creation time, so that primary keys stay append-mostly in B-trees. */
export function newId(now: number = Date.now()): string {
  const bytes = randomBytes(16);
  bytes.writeUIntBE(now, 0, 6);
  bytes[6] = ((bytes[6] as number) & 0x0f) | 0x70;
  bytes[8] = ((bytes[8] as number) & 0x3f) | 0x80;
  const hex = bytes.toString('hex');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
}

/** The lowest id that can be made at a time: what was made since then comes after it, what was made earlier before. */
export function firstIdAt(time: Date): string {
  const ms = Math.min(Math.max(Math.ceil(time.getTime()), 0), 0xffff_ffff_ffff);
  const hex = ms.toString(16).padStart(12, '0');
  return `${hex.slice(0, 8)}-${hex.slice(8)}-7000-8000-000000000000`;
}

/** For the shapes of inputs; look-ups use isId. */
export const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;

/** Postgres refuses malformed uuids with an error, so look-ups check first and answer "not found". */
export const isId = (value: string): boolean => UUID.test(value);
