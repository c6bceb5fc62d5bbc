import type { DrainOptions } from '../drain/drain-options.js';

export type DrainRisk = 'low' | 'medium' | 'high';

type RiskyOptions = Partial<
  Pick<DrainOptions, 'disableEviction' | 'escalateAfterSeconds' | 'force' | 'deleteEmptyDirData'>
>;

/** What an approval policy calls the risk of a drain: budgets passed over or the control plane, then data that is lost. */
export function drainRisk(options: RiskyOptions, labels: Readonly<Record<string, string>>): DrainRisk {
  const controlPlane = 'node-role.kubernetes.io/control-plane' in labels || 'node-role.kubernetes.io/master' in labels;
  const overBudgets = options.disableEviction === true || (options.escalateAfterSeconds ?? null) !== null;
  if (overBudgets || controlPlane) return 'high';
  return options.force || options.deleteEmptyDirData ? 'medium' : 'low';
}
