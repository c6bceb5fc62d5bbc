import { type DrainRisk, drainRisk } from '../operation/drain-risk.js';
import { type MaintenanceSpec, maxUnavailableOf } from './maintenance-spec.js';

/** At least medium: many nodes. High over the control plane, past budgets, and where more than a quarter may be away at once. */
export function runRisk(
  { drainOptions, maxUnavailable }: Pick<MaintenanceSpec, 'drainOptions' | 'maxUnavailable'>,
  nodes: readonly { readonly labels: Readonly<Record<string, string>> }[],
): DrainRisk {
  const risky = nodes.some(({ labels }) => drainRisk(drainOptions, labels) === 'high');
  const wide = maxUnavailableOf(maxUnavailable, nodes.length) > nodes.length / 4;
  return risky || wide ? 'high' : 'medium';
}

/** The drains of a run by their risk, each node in one of them; none for a run that drains nothing. */
export function drainsOf<N extends { readonly labels: Readonly<Record<string, string>> }>(
  { action, drainOptions }: Pick<MaintenanceSpec, 'action' | 'drainOptions'>,
  nodes: readonly N[],
): { readonly risk: DrainRisk; readonly nodes: readonly N[] }[] {
  if (action !== 'DRAIN' && action !== 'DRAIN_AND_HOLD') return [];
  const byRisk = Map.groupBy(nodes, ({ labels }) => drainRisk(drainOptions, labels));
  return [...byRisk].map(([risk, drained]) => ({ risk, nodes: drained }));
}
