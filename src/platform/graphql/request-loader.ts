import DataLoader from 'dataloader';

/** More keys than a page has items come from several lists of one document. */
const MOST_AT_ONCE = 200;

/** Of each batch, one answer for each key in its order; an Error fails that key alone. */
export type BatchRead<K, V> = (keys: readonly K[]) => Promise<readonly (V | Error)[]>;

/**
 * Gathers what the fields of one GraphQL request ask for at a time, and reads it in as few goes as it can. Nothing is
 * kept for later: a mutation further down the document may have changed it.
 */
export class RequestLoader<K, V> {
  private readonly byRequest = new WeakMap<object, DataLoader<K, V>>();

  /** @param keyOf Equal texts mean the same thing, which is then read once. */
  constructor(
    private readonly read: BatchRead<K, V>,
    private readonly keyOf: (key: K) => string,
  ) {}

  load(request: object, key: K): Promise<V> {
    let loader = this.byRequest.get(request);
    if (!loader) {
      loader = new DataLoader((keys) => this.readOnce(keys), { cache: false, maxBatchSize: MOST_AT_ONCE });
      this.byRequest.set(request, loader);
    }
    return loader.load(key);
  }

  private async readOnce(keys: readonly K[]): Promise<(V | Error)[]> {
    const unique = new Map(keys.map((key) => [this.keyOf(key), key]));
    const values = await this.read([...unique.values()]);
    const byText = new Map([...unique.keys()].map((text, index) => [text, values[index] as V | Error]));
    return keys.map((key) => byText.get(this.keyOf(key)) as V | Error);
  }
}
