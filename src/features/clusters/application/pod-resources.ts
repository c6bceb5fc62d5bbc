import { addQuantities, parseQuantity, type Quantity, ZERO_QUANTITY } from '../../../kernel/quantity.js';
import type { Container, Pod, ResourceList } from '../../../platform/kubernetes/kube-objects.js';

/** Resource name to exact quantity. */
export type Resources = Readonly<Record<string, Quantity>>;

export interface PodResources {
  readonly requests: Resources;
  readonly limits: Resources;
}

/**
 * What the scheduler reserves for a pod, and what it may use at most, by the rule of the API's resource helpers:
 * containers and sidecars together, or the neediest moment of initialization if that is more; pod-level values override
 * cpu, memory and huge pages; the runtime's overhead is on top (for limits only where there is a limit).
 */
export function podResources(spec: Pod['spec']): PodResources {
  const requests = ofContainers(spec, 'requests');
  const limits = ofContainers(spec, 'limits');
  override(requests, spec.resources?.requests);
  override(limits, spec.resources?.limits);
  for (const [name, quantity] of entries(spec.overhead)) {
    requests[name] = addQuantities(requests[name] ?? ZERO_QUANTITY, quantity);
    const limit = limits[name];
    if (limit && limit.nano !== 0n) limits[name] = addQuantities(limit, quantity);
  }
  return { requests, limits };
}

function ofContainers(spec: Pod['spec'], side: 'requests' | 'limits'): Record<string, Quantity> {
  const total: Record<string, Quantity> = {};
  const sidecars: Record<string, Quantity> = {};
  const initialization: Record<string, Quantity> = {};
  for (const container of spec.containers) add(total, container.resources?.[side]);
  for (const container of spec.initContainers ?? []) {
    const needed = isSidecar(container) ? sidecars : { ...sidecars };
    add(needed, container.resources?.[side]);
    if (isSidecar(container)) add(total, container.resources?.[side]);
    raise(initialization, needed);
  }
  raise(total, initialization);
  return total;
}

const isSidecar = (container: Container): boolean => container.restartPolicy === 'Always';

function add(total: Record<string, Quantity>, list: ResourceList | undefined): void {
  for (const [name, quantity] of entries(list)) total[name] = addQuantities(total[name] ?? ZERO_QUANTITY, quantity);
}

function raise(total: Record<string, Quantity>, other: Resources): void {
  for (const [name, quantity] of Object.entries(other)) {
    const known = total[name];
    if (!known || quantity.nano > known.nano) total[name] = quantity;
  }
}

function override(total: Record<string, Quantity>, list: ResourceList | undefined): void {
  for (const [name, quantity] of entries(list)) {
    if (name === 'cpu' || name === 'memory' || name.startsWith('hugepages-')) total[name] = quantity;
  }
}

function entries(list: ResourceList | undefined): [string, Quantity][] {
  if (!list) return [];
  return Object.entries(list).map(([name, text]) => [name, parseQuantity(text) ?? ZERO_QUANTITY]);
}
