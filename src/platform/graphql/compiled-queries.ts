import type { DocumentNode } from 'graphql';
import type { CompiledQuery } from 'graphql-jit';
import { LRUCache } from 'lru-cache';
import { tokensOf } from './bounded-stores.js';
import type { LastingQuery } from './lasting-query.js';

/** Null where the compiler could not take the query, or its answer may change without a word. */
export interface CompiledEntry {
  readonly compiled: CompiledQuery | null;
  readonly lasting: LastingQuery | null;
}

const MOST_BYTES = 32 * 1024 * 1024;
const MOST_BYTES_OF_COUNTS = 2 * 1024 * 1024;
/** Generated code, what the engine makes of it, and the document that it goes back to. Measured; rather too much. */
const BYTES_PER_TOKEN = 2_000;

/** Compiled queries, and how often those came that are not compiled yet; both bounded by bytes. */
export class CompiledQueries {
  private readonly entries = new LRUCache<string, CompiledEntry>({ maxSize: MOST_BYTES });
  private readonly uses = new LRUCache<string, number>({ maxSize: MOST_BYTES_OF_COUNTS });

  get bytes(): number {
    return this.entries.calculatedSize + this.uses.calculatedSize;
  }

  get(key: string): CompiledEntry | undefined {
    return this.entries.get(key);
  }

  /** How often a query has come, with this time. */
  countUse(key: string): number {
    const count = (this.uses.get(key) ?? 0) + 1;
    this.uses.set(key, count, { size: 2 * key.length + 300 });
    return count;
  }

  keep(key: string, entry: CompiledEntry, document: DocumentNode): void {
    this.uses.delete(key);
    this.entries.set(key, entry, { size: 8_000 + BYTES_PER_TOKEN * tokensOf(document) + 2 * key.length });
  }
}
