import { createHmac, timingSafeEqual } from 'node:crypto';

/** Stands for a token on one path for a short time, where a browser can't send a header. */
export interface StreamTicket {
  readonly tokenId: string;
  readonly expiresAt: Date;
  readonly mark: string;
}

const FORMAT = /^nst_([0-9a-f]{16})_([0-9a-f]{1,12})_([0-9a-f]{64})$/;

/** Signed with what is kept of the token's secret: nothing else need be kept, and a token that is gone signs for nothing. */
export function streamTicket(tokenId: string, secretHash: Buffer, path: string, expiresAt: Date): string {
  return `nst_${tokenId}_${expiresAt.getTime().toString(16)}_${markOf(secretHash, path, expiresAt).toString('hex')}`;
}

export function parseStreamTicket(text: string): StreamTicket | undefined {
  const [, tokenId, expires, mark] = FORMAT.exec(text) ?? [];
  return tokenId && expires && mark ? { tokenId, expiresAt: new Date(Number.parseInt(expires, 16)), mark } : undefined;
}

/** Whether this secret signed the ticket for this path. */
export function isSignedBy(secretHash: Buffer, { expiresAt, mark }: StreamTicket, path: string): boolean {
  return timingSafeEqual(Buffer.from(mark, 'hex'), markOf(secretHash, path, expiresAt));
}

const markOf = (secretHash: Buffer, path: string, expiresAt: Date): Buffer =>
  createHmac('sha256', secretHash).update(`stream-ticket\n${path}\n${expiresAt.getTime()}`).digest();
