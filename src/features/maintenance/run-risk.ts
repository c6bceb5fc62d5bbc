import { scaled } from '../../kernel/int-or-percent.js';
import { drainRisk, type OperationApprovalKind, type OperationRisk, runActionOf } from '../operations/model.js';
import { type MaintenanceSpec, optionsOf } from './maintenance-spec.js';

/** At least medium: many nodes. High over the control plane, past budgets, and where more than a quarter may be away at once. */
export function runRisk(
  { drainOptions, maxUnavailable }: Pick<MaintenanceSpec, 'drainOptions' | 'maxUnavailable'>,
  nodes: readonly { readonly labels: Readonly<Record<string, string>> }[],
): OperationRisk {
  const risky = nodes.some(({ labels }) => drainRisk(drainOptions, labels) === 'high');
  const wide = scaled(maxUnavailable, nodes.length) > nodes.length / 4;
  return risky || wide ? 'high' : 'medium';
}

/** What of a run rules about single operations cover, by its risk, each node in one of them; none where no such rule exists. */
export function coveredBy<N extends { readonly labels: Readonly<Record<string, string>> }>(
  spec: Pick<MaintenanceSpec, 'action' | 'drainOptions'>,
  nodes: readonly N[],
): { readonly kind: OperationApprovalKind; readonly risk: OperationRisk; readonly nodes: readonly N[] }[] {
  const { approval } = runActionOf(spec.action).operation;
  if (!approval) return [];
  const byRisk = Map.groupBy(nodes, ({ labels }) => approval.risk({ ...optionsOf(spec) }, labels));
  return [...byRisk].map(([risk, covered]) => ({ kind: approval.kind, risk, nodes: covered }));
}
