/** Who works on something, as it is stored. All times are the database's. */
export interface Claim {
  /** Raised by each claim; a write with an older one is refused. */
  readonly epoch: number;
  readonly claimedBy: string | null;
  /** Null when nobody holds it and nothing that a holder sent can still arrive. */
  readonly heartbeatAt: Date | null;
}

/** Whether its holder may still be at work. */
export function isHeld({ claimedBy, heartbeatAt }: Claim, now: Date, staleAfterMs: number): boolean {
  return claimedBy !== null && heartbeatAt !== null && now.getTime() - heartbeatAt.getTime() < staleAfterMs;
}

/** The claim of a new holder. */
export const takenBy = (by: string, { epoch }: Claim, now: Date): Claim => ({
  epoch: epoch + 1,
  claimedBy: by,
  heartbeatAt: now,
});

/** How long what earlier holders sent may still arrive. */
export function quietInMs({ heartbeatAt }: Claim, now: Date, quietAfterMs: number): number {
  return heartbeatAt === null ? 0 : Math.max(0, heartbeatAt.getTime() + quietAfterMs - now.getTime());
}
