import type { Caller } from '../../kernel/actor.js';
import type { Claim } from '../../kernel/claim.js';
import type { MaintenanceRun } from './maintenance-run.js';

/** One maintenance run as it is stored: the pure run, the request, and who works on it. */
export interface MaintenanceRunRecord extends Claim {
  readonly id: string;
  readonly cluster: string;
  readonly reason: string;
  readonly ticket: string | null;
  readonly caller: Caller;
  readonly policyIds: readonly string[];
  readonly run: MaintenanceRun;
  /** Why it doesn't go on faster, in words. */
  readonly waiting: readonly string[];
  readonly intentId: string | null;
  readonly lastSeq: number;
  readonly createdAt: Date;
}
