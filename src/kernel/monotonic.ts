/** Milliseconds by a clock that nobody sets: it goes on while the process is stopped, and only differences mean anything. */
export const monotonicNow = (): number => performance.now();
