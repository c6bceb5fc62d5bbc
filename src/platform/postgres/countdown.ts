const STEPS = 10;

/**
 * Calls `end` when the time is up, unless the returned function is called before. Counted in steps: a stretch in which
 * this process was busy counts as one of them, since what came meanwhile has not been read yet.
 */
export function countdown(limitMs: number, end: () => void): () => void {
  let left = STEPS;
  const timer = setInterval(() => {
    left -= 1;
    if (left > 0) return;
    clearInterval(timer);
    end();
  }, limitMs / STEPS);
  return () => clearInterval(timer);
}
