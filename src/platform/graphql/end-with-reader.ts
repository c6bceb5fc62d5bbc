/**
 * What a subscription gives out, ended as soon as its reader leaves: the signal aborts then, also while the source waits
 * for something to tell. A generator alone would notice only with its next value.
 */
export function endWithReader<T>(source: (signal: AbortSignal) => AsyncGenerator<T>): AsyncIterableIterator<T> {
  const left = new AbortController();
  const values = source(left.signal);
  const end = (): Promise<IteratorResult<T>> => {
    left.abort();
    return values.return(undefined);
  };
  return {
    next: () => values.next(),
    return: end,
    throw: end,
    [Symbol.asyncIterator]() {
      return this;
    },
  };
}
