import { KubernetesApiError } from './kubernetes-api-error.js';

const DNS_SUBDOMAIN = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/;

/**
 * A name that is safe in a path and in a field selector. All kinds that the product addresses have DNS names; whatever
 * else a caller sends (`..`, slashes, commas) names no object, and never becomes part of a request.
 * @throws KubernetesApiError 404
 */
export function objectName(name: string): string {
  if (name.length <= 253 && DNS_SUBDOMAIN.test(name)) return name;
  throw new KubernetesApiError('', 'name', 404, 'NotFound', 'no object can have this name');
}
