import { GraphQLError } from 'graphql';
import { LRUCache } from 'lru-cache';
import { invalidInput } from '../../kernel/invalid-input.js';
import { inputFault, isNestedTooDeep } from '../../kernel/sound-text.js';
import { readDocument } from './document-limits.js';

/** A text takes two bytes a character at worst, and its place in the cache a few hundred. */
const sizeOfText = (text: string): number => 2 * text.length + 300;

/** @throws DomainError VALIDATION_FAILED if any text or its nesting is more than the transports take */
export function assertSound(parts: Record<string, unknown>): void {
  for (const [name, part] of Object.entries(parts)) {
    const fault = typeof part === 'string' && isNestedTooDeep(part) && name !== 'query' ? TOO_DEEP : inputFault(part);
    if (fault) throw invalidInput([{ ...fault, pointer: `/${name}${fault.pointer}` }]);
  }
}

const TOO_DEEP = { pointer: '', code: 'TOO_DEEP', message: 'is nested too deep' };
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

  /** What a request holds beside its document, by POST or, as text, by GET. */
  admitRequest({ query, variables, extensions, operationName }: Record<string, unknown>): void {
    assertSound({ query, variables, extensions, operationName });
    this.admit(query);
  }

  /** @throws DomainError VALIDATION_FAILED that names the limit; what is not GraphQL is left to the server to word */
  private admit(text: unknown): void {
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
