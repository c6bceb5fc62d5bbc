export interface Delegation {
  readonly id: string;
  /** Who is stood in for. */
  readonly person: string;
  readonly delegate: string;
  readonly until: Date;
  readonly reason: string;
  readonly createdBy: string;
  readonly createdAt: Date;
  readonly endedAt: Date | null;
}

/** Who stands in for whom. */
export abstract class DelegationRepository {
  abstract insert(delegation: Delegation): Promise<void>;
  abstract find(id: string): Promise<Delegation | null>;
  abstract end(id: string, now: Date): Promise<void>;
  /** In force, newest first; of a person on either side, or of everybody. */
  abstract active(now: Date, person?: string): Promise<Delegation[]>;
  /** People for whom one of these subjects stands in. */
  abstract delegateOf(subjects: readonly string[], now: Date): Promise<string[]>;
}
