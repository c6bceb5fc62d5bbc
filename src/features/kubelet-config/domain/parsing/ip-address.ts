import { addressRangeOf, ipAddressOf } from '../../../../kernel/ip-address.js';

export const isIpAddress = (text: string): boolean => ipAddressOf(text) !== undefined;

/** One CIDR, or an IPv4 and an IPv6 one separated by a comma as dual-stack kubelets take them. */
export function isPodCidr(text: string): boolean {
  const parts = text.split(',');
  return parts.length <= 2 && parts.every((part) => part.includes('/') && addressRangeOf(part) !== undefined);
}
