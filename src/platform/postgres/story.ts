/** A durable stream of numbered events, and who tells that there are more. */
export interface Story<E extends { readonly seq: number }> {
  follow(wake: () => void): Promise<() => void>;
  after(seq: number): Promise<E[]>;
  /** Whether nothing comes after `seq` any more; null when the story doesn't exist. */
  endsAt(seq: number): Promise<boolean | null>;
  isLast(event: E): boolean;
}

/** Covers a lost notification. */
const LOOK_AGAIN_MS = 5_000;

/** Every event after `afterSeq`, in order and without gaps, until the story or the signal ends. */
export async function* tell<E extends { readonly seq: number }>(
  story: Story<E>,
  afterSeq: number,
  signal: AbortSignal,
): AsyncGenerator<E> {
  const bell = new Bell(signal);
  const leave = await story.follow(() => bell.ring());
  let seq = afterSeq;
  try {
    while (!signal.aborted) {
      const batch = await story.after(seq);
      for (const event of batch) {
        yield event;
        seq = event.seq;
        if (story.isLast(event)) return;
      }
      if (batch.length > 0) continue;
      if ((await story.endsAt(seq)) !== false) return;
      await bell.next(LOOK_AGAIN_MS);
    }
  } finally {
    leave();
  }
}

/** Remembers a ring that came while nobody waited. */
export class Bell {
  private rung = false;
  private wake: (() => void) | null = null;

  constructor(private readonly signal: AbortSignal) {
    signal.addEventListener('abort', () => this.ring(), { once: true });
  }

  ring(): void {
    this.rung = true;
    this.wake?.();
  }

  /** Resolves at the next ring, at once if there was one since the last call, or when the time is up. */
  async next(timeoutMs: number): Promise<void> {
    if (!this.rung && !this.signal.aborted) {
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, timeoutMs);
        this.wake = () => {
          clearTimeout(timer);
          resolve();
        };
      });
      this.wake = null;
    }
    this.rung = false;
  }
}
