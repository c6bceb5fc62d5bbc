import { GraphQLError } from 'graphql';
import { LRUCache } from 'lru-cache';
import { readDocument } from './document-limits.js';

/** A text takes two bytes a character at worst, and its place in the cache a few hundred. */
const sizeOfText = (text: string): number => 2 * text.length + 300;

const MOST_BYTES = 4 * 1024 * 1024;

/**
 * Holds documents to their limits before the server parses and validates them, which has no place of its own for that.
 * What came before is known by its text.
 */
export class DocumentGate {
  private readonly accepted = new LRUCache<string, true>({
    maxSize: MOST_BYTES,
    sizeCalculation: (_, text) => sizeOfText(text),
  });

  get bytes(): number {
    return this.accepted.calculatedSize;
  }

  /** @throws DomainError VALIDATION_FAILED that names the limit; what is not GraphQL is left to the server to word */
  admit(text: unknown): void {
    if (typeof text !== 'string' || this.accepted.get(text)) return;
    try {
      readDocument(text);
    } catch (error) {
      if (error instanceof GraphQLError) return;
      throw error;
    }
    this.accepted.set(text, true);
  }
}
