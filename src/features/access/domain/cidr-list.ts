import { BlockList, isIPv4 } from 'node:net';
import { addressRangeOf, ipAddressOf } from '../../../kernel/ip-address.js';

/** `10.0.0.0/8`, `2001:db8::/32`, or a single address. */
export function isCidr(text: string): boolean {
  return addressRangeOf(text) !== undefined;
}

/** Whether `address` lies in one of `cidrs`; IPv4 addresses mapped into IPv6 count as IPv4. */
export function isAddressIn(address: string, cidrs: readonly string[]): boolean {
  const plain = ipAddressOf(address);
  if (plain === undefined) return false;
  const list = new BlockList();
  for (const cidr of cidrs) {
    const range = addressRangeOf(cidr);
    if (range) list.addSubnet(range.network, range.prefix, range.family);
  }
  return list.check(plain, isIPv4(plain) ? 'ipv4' : 'ipv6');
}
