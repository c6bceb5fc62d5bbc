import { addQuantities, parseQuantity, type Quantity, ZERO_QUANTITY } from '../../../kernel/quantity.js';
import type { Container, ContainerStatus, Pod, ResourceList } from '../../../platform/kubernetes/kube-objects.js';

/** Resource name to exact quantity. */
export type Resources = Readonly<Record<string, Quantity>>;

export interface PodResources {
  readonly requests: Resources;
  readonly limits: Resources;
}

type Side = 'requests' | 'limits';
type PodStatus = Pick<
  Pod['status'],
  'conditions' | 'containerStatuses' | 'initContainerStatuses' | 'resources' | 'allocatedResources'
>;

/**
 * What the scheduler reserves for a pod, and what it may use at most, by the rule of the API's resource helpers:
 * containers and sidecars together, or the neediest moment of initialization if that is more; pod-level values override
 * cpu, memory and huge pages; the runtime's overhead is on top (for limits only where there is a limit). While a resize is
 * under way the greatest of what is asked for, promised and in force counts; one that is infeasible counts for nothing.
 */
export function podResources(spec: Pod['spec'], status: PodStatus = {}): PodResources {
  const requests = ofContainers(spec, status, 'requests');
  const limits = ofContainers(spec, status, 'limits');
  override(requests, spec.resources?.requests && podLevel(spec, status, 'requests'));
  override(limits, spec.resources?.limits && podLevel(spec, status, 'limits'));
  for (const [name, quantity] of entries(spec.overhead)) {
    requests[name] = addQuantities(requests[name] ?? ZERO_QUANTITY, quantity);
    const limit = limits[name];
    if (limit && limit.nano !== 0n) limits[name] = addQuantities(limit, quantity);
  }
  return { requests, limits };
}

/** It will never be done on this node. A deferred one keeps its room, for the scheduler and for kubectl 1.35 to 1.37 alike. */
const isResizeInfeasible = ({ conditions }: PodStatus): boolean =>
  conditions?.find(({ type }) => type === 'PodResizePending')?.reason === 'Infeasible';

function podLevel(spec: Pod['spec'], status: PodStatus, side: Side): Resources {
  if (!status.resources) return quantities(spec.resources?.[side]);
  return inForce(spec.resources?.[side], status, status, side);
}

/** In the order of kubectl, which keeps the text of the first of equal values. */
function inForce(
  wanted: ResourceList | undefined,
  { resources, allocatedResources }: Pick<ContainerStatus, 'resources' | 'allocatedResources'>,
  status: PodStatus,
  side: Side,
): Resources {
  const lists = isResizeInfeasible(status) ? [] : [wanted];
  lists.push(resources?.[side]);
  if (side === 'requests') lists.push(allocatedResources);
  const greatest: Record<string, Quantity> = {};
  for (const list of lists) raise(greatest, quantities(list));
  return greatest;
}

function ofContainers(spec: Pod['spec'], status: PodStatus, side: Side): Record<string, Quantity> {
  const statuses = new Map(
    [...(status.initContainerStatuses ?? []), ...(status.containerStatuses ?? [])].map((each) => [each.name, each]),
  );
  const needOf = ({ name, resources }: Container): Resources => {
    const known = statuses.get(name);
    return known?.resources ? inForce(resources?.[side], known, status, side) : quantities(resources?.[side]);
  };
  const total: Record<string, Quantity> = {};
  const sidecars: Record<string, Quantity> = {};
  const initialization: Record<string, Quantity> = {};
  for (const container of spec.containers) add(total, needOf(container));
  for (const container of spec.initContainers ?? []) {
    const needed = isSidecar(container) ? sidecars : { ...sidecars };
    const need = needOf(container);
    add(needed, need);
    if (isSidecar(container)) add(total, need);
    raise(initialization, needed);
  }
  raise(total, initialization);
  return total;
}

/** An init container that goes on running. */
export const isSidecar = (container: Container): boolean => container.restartPolicy === 'Always';

function add(total: Record<string, Quantity>, list: Resources): void {
  for (const [name, quantity] of Object.entries(list))
    total[name] = addQuantities(total[name] ?? ZERO_QUANTITY, quantity);
}

function raise(total: Record<string, Quantity>, other: Resources): void {
  for (const [name, quantity] of Object.entries(other)) {
    const known = total[name];
    if (!known || quantity.nano > known.nano) total[name] = quantity;
  }
}

function override(total: Record<string, Quantity>, list: Resources | undefined): void {
  for (const [name, quantity] of Object.entries(list ?? {})) {
    if (name === 'cpu' || name === 'memory' || name.startsWith('hugepages-')) total[name] = quantity;
  }
}

const quantities = (list: ResourceList | undefined): Resources => Object.fromEntries(entries(list));

function entries(list: ResourceList | undefined): [string, Quantity][] {
  if (!list) return [];
  return Object.entries(list).map(([name, text]) => [name, parseQuantity(String(text)) ?? ZERO_QUANTITY]);
}
