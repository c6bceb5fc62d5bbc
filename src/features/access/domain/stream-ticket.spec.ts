import { describe, expect, it } from 'vitest';
import { hashSecret } from './api-token.js';
import { isSignedBy, parseStreamTicket, streamTicket } from './stream-ticket.js';

const ID = '0123456789abcdef';
const PATH = '/api/v1/operations/1/events';
const secret = hashSecret('a secret');
const until = new Date('2026-11-26T12:00:00.123Z');
const parsed = (text: string) => parseStreamTicket(text) ?? expect.fail(`${text} was not understood`);

describe('13.5 tickets for streams', () => {
  it('hold for their path, time and secret', () => {
    const ticket = parsed(streamTicket(ID, secret, PATH, until));
    expect(ticket).toMatchObject({ tokenId: ID, expiresAt: until });
    expect(isSignedBy(secret, ticket, PATH)).toBe(true);
  });

  it('hold for nothing else', () => {
    const ticket = parsed(streamTicket(ID, secret, PATH, until));
    expect(isSignedBy(secret, ticket, `${PATH}/`)).toBe(false);
    expect(isSignedBy(hashSecret('another'), ticket, PATH)).toBe(false);
    expect(isSignedBy(secret, { ...ticket, expiresAt: new Date(until.getTime() + 1) }, PATH)).toBe(false);
  });

  it.each(['', 'nst_', 'ns_0123456789abcdef_1_00', `nst_${ID}_zz_${'0'.repeat(64)}`, `nst_${ID}_1_${'0'.repeat(63)}`])(
    '%j is no ticket',
    (text) => expect(parseStreamTicket(text)).toBeUndefined(),
  );
});
