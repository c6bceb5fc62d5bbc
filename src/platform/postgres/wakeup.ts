/** Remembers a call that came while nobody waited. */
export class Wakeup {
  private called = false;
  private wake: (() => void) | null = null;

  constructor(private readonly signal: AbortSignal) {
    signal.addEventListener('abort', () => this.call(), { once: true });
  }

  call(): void {
    this.called = true;
    this.wake?.();
  }

  /** Resolves at the next call, at once if there was one since the last time, or when the time is up. */
  async next(timeoutMs: number): Promise<void> {
    if (!this.called && !this.signal.aborted) {
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, timeoutMs);
        this.wake = () => {
          clearTimeout(timer);
          resolve();
        };
      });
      this.wake = null;
    }
    this.called = false;
  }
}
