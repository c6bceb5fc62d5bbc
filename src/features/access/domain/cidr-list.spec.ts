import { describe, expect, it } from 'vitest';
import { isAddressIn, isCidr } from './cidr-list.js';

describe('12.19 the ranges of a token', () => {
  it.each([
    ['2001:DB8:0:0::0008', ['2001:db8::8']],
    ['2001:db8::8', ['2001:DB8:0:0::/64']],
    ['::ffff:0a00:0001', ['10.0.0.0/8']],
    ['::ffff:10.0.0.1', ['10.0.0.1/32']],
    ['10.1.2.3', ['::ffff:10.0.0.0/104']],
    ['2001:db8::8', ['0.0.0.0/0', '::/0']],
  ])('%s is in %j', (address, cidrs) => expect(isAddressIn(address, cidrs)).toBe(true));

  it.each([
    ['2001:db8:1::8', ['2001:db8::/48']],
    ['11.0.0.1', ['::ffff:10.0.0.0/104']],
    ['010.0.0.1', ['10.0.0.0/8']],
    ['', ['0.0.0.0/0', '::/0']],
  ])('%s is not in %j', (address, cidrs) => expect(isAddressIn(address, cidrs)).toBe(false));

  it('are refused with leading zeros, zones and prefixes that are too long', () => {
    const refused = [
      '010.0.0.0/8',
      '10.0.0.0/08',
      '10.0.0.0/33',
      'fe80::1%eth0/64',
      '::/129',
      '10.0.0.0/8/8',
      '10.0.0.0/',
    ];
    expect(refused.filter(isCidr)).toEqual([]);
    expect(['10.0.0.0/8', '10.0.0.1', '2001:DB8::/32', '::ffff:10.0.0.0/104', '::/0'].every(isCidr)).toBe(true);
  });
});
