/** One row of the table: what the service does beside what a client would do without it. */
export interface Comparison {
  readonly what: string;
  readonly unit: string;
  readonly ours: number;
  readonly peer: number | null;
  /** How it stands to the peer, larger is better; null where the target is absolute. */
  readonly ratio: number | null;
  readonly target: string;
  readonly met: boolean;
  /** Further figures, for the JSON file. */
  readonly more?: Readonly<Record<string, unknown>>;
}
