import type { PlanSubstance } from './plan-hash.js';

/** What plan hashes stand for, kept for some days. */
export abstract class DrainPlanStore {
  abstract save(hash: string, substance: PlanSubstance): Promise<void>;

  /** Null when no plan with this hash was made, or long ago. */
  abstract find(hash: string): Promise<PlanSubstance | null>;
}
