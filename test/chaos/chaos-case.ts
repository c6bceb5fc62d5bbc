export interface ChaosOptions {
  /** How often the fault strikes. */
  readonly rounds: number;
  /** Progress, for who waits for a long run. */
  readonly log: (line: string) => void;
}

export interface ChaosReport {
  /** Those that ran: none where the machine lacks what the fault needs; the case has said `NOT RUN:` then. */
  readonly rounds: number;
  /** One sentence for each invariant that did not hold; empty when all is well. */
  readonly findings: readonly string[];
  /** What was counted or measured. */
  readonly figures: Readonly<Record<string, number>>;
}

/** One kind of fault on a running product, again and again. A file `cases/<name>.ts` exports it as `chaosCase`. */
export interface ChaosCase {
  readonly name: string;
  readonly summary: string;
  /** Rounds in CI, and by default of `npm run chaos`. */
  readonly rounds: { readonly short: number; readonly long: number };
  run(options: ChaosOptions): Promise<ChaosReport>;
}

/** @throws Error with every finding when an invariant did not hold, or when nothing ran */
export function assertHeld({ name }: ChaosCase, { rounds, findings }: ChaosReport): void {
  if (rounds === 0) throw new Error(`${name} could not run here`);
  if (findings.length === 0) return;
  throw new Error(`${name}: ${findings.length} findings in ${rounds} rounds:\n${findings.join('\n')}`);
}
