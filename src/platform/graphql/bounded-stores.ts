import type { DocumentNode } from 'graphql';
import { LRUCache } from 'lru-cache';

/** What the server keeps of the queries it has seen; each store is bounded by the bytes that its entries take. */
const MOST_BYTES = 16 * 1024 * 1024;
const MOST_BYTES_OF_TEXT = 4 * 1024 * 1024;

/** What a parsed document takes for each of its tokens: the token, its node, their places. Measured; rather too much. */
const BYTES_PER_TOKEN = 320;

export function tokensOf({ loc }: DocumentNode): number {
  let tokens = 0;
  for (let token = loc?.startToken; token; token = token.next ?? undefined) tokens += 1;
  return tokens;
}

/** The heap that a parsed document takes, about. */
export const sizeOfDocument = (document: DocumentNode): number =>
  2_000 + BYTES_PER_TOKEN * tokensOf(document) + 2 * (document.loc?.source.body.length ?? 0);

/** A key-value cache as the server wants it. */
export class BoundedStore<V extends object | string> {
  private readonly entries: LRUCache<string, V>;

  constructor(maxSize: number, sizeOf: (value: V) => number) {
    this.entries = new LRUCache({ maxSize, sizeCalculation: (value, key) => sizeOf(value) + 2 * key.length + 300 });
  }

  get bytes(): number {
    return this.entries.calculatedSize;
  }

  async get(key: string): Promise<V | undefined> {
    return this.entries.get(key);
  }

  async set(key: string, value: V): Promise<void> {
    this.entries.set(key, value);
  }

  async delete(key: string): Promise<boolean> {
    return this.entries.delete(key);
  }
}

/** Documents that were parsed and found valid. */
export const documentStore = () => new BoundedStore<DocumentNode>(MOST_BYTES, sizeOfDocument);

/** Texts of persisted queries by their hash. */
export const persistedQueries = () => new BoundedStore<string>(MOST_BYTES_OF_TEXT, (text) => 2 * text.length);
