import type { OperationRisk } from '../engine/operation-definition.js';
import type { DrainOptions } from './drain-options.js';

type RiskyOptions = Partial<
  Pick<DrainOptions, 'disableEviction' | 'escalateAfterSeconds' | 'force' | 'deleteEmptyDirData'>
>;

/** What an approval policy calls the risk of a drain: budgets passed over or the control plane, then data that is lost. */
export function drainRisk(options: RiskyOptions, labels: Readonly<Record<string, string>>): OperationRisk {
  const controlPlane = 'node-role.kubernetes.io/control-plane' in labels || 'node-role.kubernetes.io/master' in labels;
  if (passesOverBudgets(options) || controlPlane) return 'high';
  return options.force || options.deleteEmptyDirData ? 'medium' : 'low';
}

/** With these options pods may be removed against their disruption budgets. */
export function passesOverBudgets({ disableEviction, escalateAfterSeconds }: RiskyOptions): boolean {
  return disableEviction === true || (escalateAfterSeconds ?? null) !== null;
}
