import { type DocumentNode, GraphQLError, Kind, parse, type SelectionSetNode, visit } from 'graphql';
import { DomainError } from '../../kernel/domain-error.js';

/**
 * Limits of a GraphQL document by its text alone; documented in docs/api/README.md. They hold before anything is
 * validated: the rules of the language compare fields that share a name, and fragments, pair by pair.
 */
export const DOCUMENT_LIMITS = {
  bytes: 128 * 1024,
  tokens: 2_000,
  operations: 10,
  fragments: 25,
  fragmentSpreads: 50,
  variables: 50,
  directives: 50,
  /** Fields that answer under a name that their selection set has already. */
  repeatedFields: 50,
  /** Selection sets, lists and objects within each other. */
  nesting: 50,
} as const;

export type DocumentLimit = keyof typeof DOCUMENT_LIMITS;

/**
 * Reads a document within its limits, in time that is linear in its length.
 * @throws GraphQLError if it is not GraphQL
 * @throws DomainError VALIDATION_FAILED that names the limit
 */
export function readDocument(text: string): DocumentNode {
  assertWithin('bytes', Buffer.byteLength(text));
  const document = parsed(text);
  const counts: Record<Exclude<DocumentLimit, 'bytes' | 'tokens'>, number> = {
    operations: 0,
    fragments: 0,
    fragmentSpreads: 0,
    variables: 0,
    directives: 0,
    repeatedFields: 0,
    nesting: 0,
  };
  let depth = 0;
  const nested = {
    enter: () => {
      depth += 1;
      counts.nesting = Math.max(counts.nesting, depth);
    },
    leave: () => {
      depth -= 1;
    },
  };
  const count = (name: keyof typeof counts) => () => {
    counts[name] += 1;
  };
  visit(document, {
    [Kind.OPERATION_DEFINITION]: count('operations'),
    [Kind.FRAGMENT_DEFINITION]: count('fragments'),
    [Kind.FRAGMENT_SPREAD]: count('fragmentSpreads'),
    [Kind.VARIABLE_DEFINITION]: count('variables'),
    [Kind.DIRECTIVE]: count('directives'),
    [Kind.LIST]: nested,
    [Kind.OBJECT]: nested,
    [Kind.SELECTION_SET]: {
      enter: (set, _key, parent) => {
        nested.enter();
        const isInline = parent !== undefined && 'kind' in parent && parent.kind === Kind.INLINE_FRAGMENT;
        if (!isInline) counts.repeatedFields += repeatedFields(set);
      },
      leave: nested.leave,
    },
  });
  for (const [limit, value] of Object.entries(counts)) assertWithin(limit as DocumentLimit, value);
  return document;
}

function parsed(text: string): DocumentNode {
  try {
    return parse(text, { maxTokens: DOCUMENT_LIMITS.tokens });
  } catch (error) {
    // The parser's own nesting is bounded by the tokens; whatever it throws besides syntax errors is a refusal too.
    if (error instanceof GraphQLError) throw error;
    throw new DomainError('VALIDATION_FAILED', 'The document can not be read.', { cause: error });
  }
}

/** Inline fragments answer into the set around them. */
function repeatedFields(set: SelectionSetNode): number {
  const names = new Set<string>();
  let fields = 0;
  const open = [set];
  for (let part = open.pop(); part; part = open.pop()) {
    for (const node of part.selections) {
      if (node.kind === Kind.INLINE_FRAGMENT) open.push(node.selectionSet);
      if (node.kind !== Kind.FIELD) continue;
      fields += 1;
      names.add((node.alias ?? node.name).value);
    }
  }
  return fields - names.size;
}

function assertWithin(limit: DocumentLimit, value: number): void {
  const max = DOCUMENT_LIMITS[limit];
  if (value <= max) return;
  throw limitExceeded(limit, value, max);
}

/** The refusal of every limit of the documents and queries. */
export function limitExceeded(limit: string, actual: number, max: number): DomainError {
  return new DomainError('VALIDATION_FAILED', `The query's ${limit} is ${actual}; at most ${max} is allowed.`, {
    extensions: { limit, max, actual },
  });
}
