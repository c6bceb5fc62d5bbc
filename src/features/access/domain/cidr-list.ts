import { BlockList, isIP, isIPv4 } from 'node:net';
import { ipAddressOf } from '../../../kernel/ip-address.js';

/** `10.0.0.0/8`, `2001:db8::/32`, or a single address. */
export function isCidr(text: string): boolean {
  return parse(text) !== undefined;
}

/** Whether `address` lies in one of `cidrs`; IPv4 addresses mapped into IPv6 count as IPv4. */
export function isAddressIn(address: string, cidrs: readonly string[]): boolean {
  const plain = ipAddressOf(address);
  if (plain === undefined) return false;
  const list = new BlockList();
  for (const cidr of cidrs) {
    const parsed = parse(cidr);
    if (parsed) list.addSubnet(parsed.network, parsed.prefix, parsed.family);
  }
  return list.check(plain, isIPv4(plain) ? 'ipv4' : 'ipv6');
}

function parse(text: string): { network: string; prefix: number; family: 'ipv4' | 'ipv6' } | undefined {
  const [network = '', length, ...rest] = text.split('/');
  const version = isIP(network);
  if (version === 0 || network.includes('%') || rest.length > 0) return undefined;
  const max = version === 4 ? 32 : 128;
  const prefix = length === undefined ? max : /^\d{1,3}$/.test(length) ? Number(length) : Number.NaN;
  if (!(prefix <= max)) return undefined;
  return { network, prefix, family: version === 4 ? 'ipv4' : 'ipv6' };
}
