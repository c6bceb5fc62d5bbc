import { isIP } from 'node:net';

export const isIpAddress = (text: string): boolean => isIP(text) !== 0;

/** One CIDR, or an IPv4 and an IPv6 one separated by a comma as dual-stack kubelets take them. */
export function isPodCidr(text: string): boolean {
  const parts = text.split(',');
  return parts.length <= 2 && parts.every(isCidr);
}

function isCidr(text: string): boolean {
  const match = /^([0-9A-Fa-f:.]+)\/(\d{1,3})$/.exec(text);
  if (!match) return false;
  const family = isIP(match[1] as string);
  return family !== 0 && Number(match[2]) <= (family === 4 ? 32 : 128);
}
