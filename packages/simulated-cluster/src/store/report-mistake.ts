/**
 * What one object does to a controller must never end the cluster, whose state lives in this process: it is written down,
 * and the others are worked on.
 */
export function reportMistake(where: string, error: unknown): void {
  const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
  process.stderr.write(`simulated cluster: ${where}: ${text}\n`);
}
