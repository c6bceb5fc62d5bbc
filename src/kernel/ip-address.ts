import { isIP, isIPv4 } from 'node:net';

/** The address as it is compared and stored: IPv4 inside IPv6 counts as IPv4. Undefined for all other text, also with a zone. */
export function ipAddressOf(text: string): string | undefined {
  if (text.includes('%') || isIP(text) === 0) return undefined;
  if (isIPv4(text)) return text;
  // A URL brings every spelling of an IPv6 address into one.
  const canonical = new URL(`http://[${text}]/`).hostname.slice(1, -1);
  const [, high, low] = /^::ffff:([0-9a-f]{1,4}):([0-9a-f]{1,4})$/.exec(canonical) ?? [];
  if (high === undefined || low === undefined) return canonical;
  const bits = Number.parseInt(high, 16) * 65_536 + Number.parseInt(low, 16);
  return [24, 16, 8, 0].map((shift) => (bits >>> shift) & 255).join('.');
}

/** What one party usually holds: an IPv4 address, or the /64 of an IPv6 address. */
export function ipNeighbourhoodOf(address: string): string {
  if (!address.includes(':')) return address;
  const [head = '', tail] = address.split('::');
  const before = head.split(':').filter((group) => group !== '');
  const after = (tail ?? '').split(':').filter((group) => group !== '');
  const zeros = tail === undefined ? 0 : 8 - before.length - after.length;
  const groups = [...before, ...new Array<string>(zeros).fill('0'), ...after];
  return `${groups.slice(0, 4).join(':')}::/64`;
}

export interface AddressRange {
  readonly network: string;
  readonly prefix: number;
  readonly family: 'ipv4' | 'ipv6';
}

const MAPPED_BITS = 96;

/** `10.0.0.0/8`, `2001:db8::/32`, or a single address; a range of mapped addresses is one of IPv4. */
export function addressRangeOf(text: string): AddressRange | undefined {
  const [address = '', length, ...rest] = text.split('/');
  const network = ipAddressOf(address);
  if (network === undefined || rest.length > 0) return undefined;
  const bits = isIPv4(address) ? 32 : 128;
  const prefix = length === undefined ? bits : /^(0|[1-9]\d{0,2})$/.test(length) ? Number(length) : Number.NaN;
  if (!(prefix <= bits)) return undefined;
  if (!isIPv4(network)) return { network, prefix, family: 'ipv6' };
  if (bits === 32) return { network, prefix, family: 'ipv4' };
  // wider than all of IPv4: the range itself stays one of IPv6
  if (prefix < MAPPED_BITS) return { network: address, prefix, family: 'ipv6' };
  return { network, prefix: prefix - MAPPED_BITS, family: 'ipv4' };
}
