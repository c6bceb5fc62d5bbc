import { parseQuantity } from './quantity.js';

export const EVICTION_SIGNALS = [
  'memory.available',
  'nodefs.available',
  'nodefs.inodesFree',
  'imagefs.available',
  'imagefs.inodesFree',
  'containerfs.available',
  'containerfs.inodesFree',
  'pid.available',
  'allocatableMemory.available',
] as const;

/** A threshold is a percentage of capacity or a quantity (in billionths, as parseQuantity gives it). */
export type EvictionThreshold = { percent: number } | { quantity: bigint };

/** Undefined where the kubelet would refuse to start: not a number, negative, or a zero quantity where `allowZero` is off. */
export function parseEvictionThreshold(text: string, allowZero = false): EvictionThreshold | undefined {
  const percent = /^(\d{1,3}(?:\.\d{1,6})?)%$/.exec(text);
  if (percent) return Number(percent[1]) <= 100 ? { percent: Number(percent[1]) } : undefined;
  const quantity = parseQuantity(text);
  if (quantity === undefined || quantity < 0n || (quantity === 0n && !allowZero)) return undefined;
  return { quantity };
}
