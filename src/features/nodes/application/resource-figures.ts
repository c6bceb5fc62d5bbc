import {
  formatQuantity,
  parseQuantity,
  type Quantity,
  quantityMillis,
  quantityNumber,
  quantityUnits,
  ZERO_QUANTITY,
} from '../../../kernel/quantity.js';
import type { NodeRow, NodeUsage } from '../../clusters/index.js';

/** A quantity as kubectl writes it (`32Gi` where the node says `33554432Ki`), with the number beside it for those who compute. */
export interface ResourceAmount {
  readonly resource: string;
  readonly quantity: string;
  readonly value: number;
}

export interface AllocatedResource {
  readonly resource: string;
  readonly requests: string;
  readonly requestsValue: number;
  /** Of allocatable, truncated as kubectl does. */
  readonly requestsPercent: number;
  readonly limits: string;
  readonly limitsValue: number;
  readonly limitsPercent: number;
}

const ALWAYS = ['cpu', 'memory', 'ephemeral-storage'];

export function resourceAmounts(list: Readonly<Record<string, string>>): ResourceAmount[] {
  return Object.entries(list)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([resource, text]) => {
      const amount = quantity(text);
      return { resource, quantity: formatQuantity(amount), value: quantityNumber(amount) };
    });
}

/** The "Allocated resources" of `kubectl describe node`: cpu, memory, ephemeral storage, and what else the node offers. */
export function allocatedResources(node: NodeRow, { requests, limits }: NodeUsage): AllocatedResource[] {
  const offered = allocatableOf(node);
  const more = Object.keys(offered).filter((resource) => !ALWAYS.includes(resource) && resource !== 'pods');
  return [...ALWAYS, ...more.sort()].map((resource) => {
    const requested = requests[resource] ?? ZERO_QUANTITY;
    const limited = limits[resource] ?? ZERO_QUANTITY;
    const available = quantity(offered[resource]);
    return {
      resource,
      requests: formatQuantity(requested),
      requestsValue: quantityNumber(requested),
      requestsPercent: percentOf(resource, requested, available),
      limits: formatQuantity(limited),
      limitsValue: quantityNumber(limited),
      limitsPercent: percentOf(resource, limited, available),
    };
  });
}

/** Share of what the node can give, truncated; cpu is compared in thousandths, everything else in whole units. */
export function percentOfNode(node: NodeRow, resource: string, amount: Quantity): number {
  return percentOf(resource, amount, quantity(allocatableOf(node)[resource]));
}

const allocatableOf = (node: NodeRow): Readonly<Record<string, string>> =>
  Object.keys(node.allocatable).length > 0 ? node.allocatable : node.capacity;

function percentOf(resource: string, amount: Quantity, available: Quantity): number {
  const scale = resource === 'cpu' ? quantityMillis : quantityUnits;
  const whole = scale(available);
  return whole === 0 ? 0 : Math.trunc((scale(amount) / whole) * 100);
}

const quantity = (text: string | undefined): Quantity => (text && parseQuantity(text)) || ZERO_QUANTITY;
