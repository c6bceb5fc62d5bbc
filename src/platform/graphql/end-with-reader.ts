/**
 * What a subscription gives out, ended as soon as its reader leaves: the signal aborts then, also while the source waits
 * for something to come. A generator alone would notice only with its next value.
 */
export function endWithReader<S, T>(
  source: (signal: AbortSignal) => AsyncGenerator<S>,
  toValue: (item: S) => T,
  /** Called when the reader has left, also if it has read nothing. */
  close: () => Promise<void> = async () => undefined,
): AsyncIterableIterator<T> {
  const left = new AbortController();
  const items = source(left.signal);
  const end = async (): Promise<IteratorResult<T>> => {
    left.abort();
    await items.return(undefined);
    await close();
    return { done: true, value: undefined };
  };
  return {
    async next() {
      const { done, value } = await items.next();
      return done ? { done: true, value: undefined } : { done: false, value: toValue(value) };
    },
    return: end,
    throw: end,
    [Symbol.asyncIterator]() {
      return this;
    },
  };
}
