import { KubernetesApiError } from './kubernetes-api-error.js';

const FIRST_MS = 50;
const LONGEST_MS = 10_000;

/** Growing pauses with full jitter between attempts: the first is short, since most drops are over at once. */
export class RetryDelay {
  private attempts = 0;

  reset(): void {
    this.attempts = 0;
  }

  /** Milliseconds to wait before the next attempt. A server that says how long is obeyed. */
  next(error?: unknown): number {
    const ceiling = Math.min(LONGEST_MS, FIRST_MS * 2 ** this.attempts++);
    const pause = ceiling / 2 + Math.random() * (ceiling / 2);
    const asked = error instanceof KubernetesApiError ? (error.retryAfterSeconds ?? 0) * 1000 : 0;
    return Math.max(pause, asked);
  }
}
