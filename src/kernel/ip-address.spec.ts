import { describe, expect, it } from 'vitest';
import { ipAddressOf, ipNeighbourhoodOf } from './ip-address.js';

describe('10.17 addresses', () => {
  it.each([
    ['10.9.9.7', '10.9.9.7'],
    ['::ffff:10.9.9.7', '10.9.9.7'],
    ['::FFFF:0a09:0907', '10.9.9.7'],
    ['2001:DB8:0:0::1', '2001:db8::1'],
    ['::1', '::1'],
  ])('%s is the address %s', (text, address) => {
    expect(ipAddressOf(text)).toBe(address);
  });

  it.each([
    '10.9.9.7%00',
    '10.9.9.7\u0000',
    'fe80::1%eth0',
    '::1%00',
    '10.9.9',
    '10.9.9.7:80',
    '[::1]',
    '010.9.9.7',
    '10.9.9.7/32',
    'unknown',
    '',
    ' 10.9.9.7',
  ])('%j is none', (text) => {
    expect(ipAddressOf(text)).toBeUndefined();
  });

  it.each([
    ['10.9.9.7', '10.9.9.7'],
    ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2::/64'],
    ['2001:db8::1', '2001:db8:0:0::/64'],
    ['::1', '0:0:0:0::/64'],
    ['2001:db8:1:2::', '2001:db8:1:2::/64'],
  ])('%s belongs to %s', (address, neighbourhood) => {
    expect(ipNeighbourhoodOf(address)).toBe(neighbourhood);
  });
});

describe('12.19 addresses have one form', () => {
  it.each([
    ['2001:DB8:0:0::0008', '2001:db8::8'],
    ['2001:0db8:0000:0000:0000:0000:0000:0008', '2001:db8::8'],
    ['2001:db8::8', '2001:db8::8'],
    ['2001:db8:0:1:0:0:0:1', '2001:db8:0:1::1'],
    ['::FFFF:10.0.0.1', '10.0.0.1'],
    ['::ffff:0a00:0001', '10.0.0.1'],
    ['0:0:0:0:0:ffff:10.0.0.1', '10.0.0.1'],
    ['::', '::'],
    ['0:0:0:0:0:0:0:1', '::1'],
    ['10.0.0.1', '10.0.0.1'],
  ])('%s is %s', (text, wanted) => expect(ipAddressOf(text)).toBe(wanted));

  it.each([
    '010.0.0.1',
    '10.0.0.01',
    '10.1',
    '0x0a.0.0.1',
    'fe80::1%eth0',
    'fe80::1%25eth0',
    '1::2::3',
    '12345::',
    'node-1',
    '',
    '[::1]',
    ' 10.0.0.1',
    '10.0.0.1 ',
  ])('%j is none', (text) => expect(ipAddressOf(text)).toBeUndefined());
});
