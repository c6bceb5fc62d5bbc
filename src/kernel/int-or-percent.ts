/** As in Kubernetes: a number of things, or a share of all. */
export type IntOrPercent = number | `${number}%`;

export const INT_OR_PERCENT_RULE = 'must be a whole number from 1, or a share from "1%" to "100%"';
export const PERCENT = /^(?:[1-9]\d?|100)%$/;
export const MAX_INT = 99_999;
const DIGITS = /^[1-9]\d{0,4}$/;

/** The value that was meant, `"2"` as 2; undefined for what is neither, and for none at all: 0 and `0%` would never begin. */
export function intOrPercentOf(value: unknown): IntOrPercent | undefined {
  if (typeof value === 'string' && PERCENT.test(value)) return value as IntOrPercent;
  const number = typeof value === 'string' && DIGITS.test(value) ? Number(value) : value;
  return Number.isInteger(number) && Number(number) >= 1 && Number(number) <= MAX_INT ? (number as number) : undefined;
}

/** In things, of so many. A share is rounded down, as Deployments do with maxUnavailable, but never to none. */
export function scaled(value: IntOrPercent, of: number): number {
  return typeof value === 'number' ? value : Math.max(1, Math.floor((of * Number.parseInt(value, 10)) / 100));
}
