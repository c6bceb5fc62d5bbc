const QUALIFIED_NAME = /^[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?$/;
const DNS_SUBDOMAIN = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/;

export const isDnsSubdomain = (text: string): boolean => text.length <= 253 && DNS_SUBDOMAIN.test(text);

/** A label or taint key: `name` or `dns.prefix/name`. */
export function isQualifiedName(text: string): boolean {
  if (text.length > 317) return false;
  const parts = text.split('/');
  const name = parts.pop() as string;
  return QUALIFIED_NAME.test(name) && parts.length <= 1 && parts.every(isDnsSubdomain);
}

export const isLabelValue = (text: string): boolean => text === '' || QUALIFIED_NAME.test(text);
