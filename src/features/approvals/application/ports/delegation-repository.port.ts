export interface Delegation {
  readonly id: string;
  /** Who is stood in for. */
  readonly person: string;
  readonly delegate: string;
  readonly until: Date;
  readonly reason: string;
  readonly createdBy: string;
  readonly createdAt: Date;
  /** When the delegate agreed to it; until then it says nothing about anybody. */
  readonly acceptedAt: Date | null;
  readonly endedAt: Date | null;
}

/** Who stands in for whom. */
export abstract class DelegationRepository {
  abstract insert(delegation: Delegation): Promise<void>;
  abstract find(id: string): Promise<Delegation | null>;
  abstract accept(id: string, now: Date): Promise<void>;
  abstract end(id: string, now: Date): Promise<void>;
  /** Neither over nor ended, newest first; of one of these subjects on either side, or of everybody. */
  abstract active(now: Date, subjects?: readonly string[]): Promise<Delegation[]>;
  /** People for whom one of these subjects has agreed to stand in. */
  abstract delegateOf(subjects: readonly string[], now: Date): Promise<string[]>;
}
