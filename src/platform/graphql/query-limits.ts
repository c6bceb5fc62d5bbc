import {
  type DocumentNode,
  type FragmentDefinitionNode,
  type GraphQLCompositeType,
  type GraphQLSchema,
  getNamedType,
  getOperationAST,
  isCompositeType,
  Kind,
  type SelectionSetNode,
  type ValueNode,
} from 'graphql';
import { DomainError } from '../../kernel/domain-error.js';
import { DEFAULT_PAGE_SIZE, MAX_PAGE_SIZE } from '../../kernel/page.js';

/** Limits of one GraphQL operation; documented in docs/api/README.md. */
export const QUERY_LIMITS = { tokens: 2_000, depth: 12, aliases: 30, rootFields: 10, cost: 20_000 } as const;

interface Tally {
  depth: number;
  aliases: number;
  cost: number;
}

interface Walk {
  schema: GraphQLSchema;
  fragments: Map<string, FragmentDefinitionNode>;
  variables: Readonly<Record<string, unknown>>;
  /** A fragment costs the same wherever it is spread on the same type: without this, nested spreads grow exponentially. */
  seen: Map<string, Tally>;
}

/**
 * Checks a validated document (so fragments don't form cycles) before it runs. A field costs 1; below a page, fields cost
 * as often as the page has items.
 * @throws DomainError VALIDATION_FAILED that names the limit
 */
export function checkQueryLimits(
  schema: GraphQLSchema,
  document: DocumentNode,
  operationName: string | null | undefined,
  variables: Readonly<Record<string, unknown>> = {},
): void {
  const operation = getOperationAST(document, operationName);
  const root = operation && schema.getRootType(operation.operation);
  if (!operation || !root) return;
  const fragments = new Map(
    document.definitions.flatMap((node) => (node.kind === Kind.FRAGMENT_DEFINITION ? [[node.name.value, node]] : [])),
  );
  const walk: Walk = { schema, fragments, variables, seen: new Map() };
  const rootFields = countRootFields(operation.selectionSet, fragments);
  const tally = measure(operation.selectionSet, root, walk);
  assertWithin('rootFields', rootFields);
  assertWithin('depth', tally.depth);
  assertWithin('aliases', tally.aliases);
  assertWithin('cost', tally.cost);
}

function assertWithin(limit: 'rootFields' | 'depth' | 'aliases' | 'cost', value: number): void {
  const max = QUERY_LIMITS[limit];
  if (value <= max) return;
  throw new DomainError('VALIDATION_FAILED', `The query's ${limit} is ${value}; at most ${max} is allowed.`, {
    extensions: { limit, max, actual: value },
  });
}

function countRootFields(set: SelectionSetNode, fragments: Walk['fragments']): number {
  let count = 0;
  for (const node of set.selections) {
    if (node.kind === Kind.FIELD) count += 1;
    else if (node.kind === Kind.INLINE_FRAGMENT) count += countRootFields(node.selectionSet, fragments);
    else {
      const fragment = fragments.get(node.name.value);
      if (fragment) count += countRootFields(fragment.selectionSet, fragments);
    }
  }
  return count;
}

function measure(set: SelectionSetNode, parent: GraphQLCompositeType, walk: Walk): Tally {
  const total: Tally = { depth: 0, aliases: 0, cost: 0 };
  const add = (part: Tally) => {
    total.depth = Math.max(total.depth, part.depth);
    total.aliases += part.aliases;
    total.cost += part.cost;
  };
  for (const node of set.selections) {
    if (node.kind === Kind.INLINE_FRAGMENT) {
      const type = node.typeCondition ? walk.schema.getType(node.typeCondition.name.value) : parent;
      add(measure(node.selectionSet, isCompositeType(type) ? type : parent, walk));
    } else if (node.kind === Kind.FRAGMENT_SPREAD) add(measureFragment(node.name.value, walk));
    else {
      add({ depth: 0, aliases: node.alias ? 1 : 0, cost: 0 });
      add(measureField(node, parent, walk));
    }
  }
  return total;
}

function measureFragment(name: string, walk: Walk): Tally {
  const known = walk.seen.get(name);
  if (known) return known;
  const fragment = walk.fragments.get(name);
  const type = fragment && walk.schema.getType(fragment.typeCondition.name.value);
  const tally =
    fragment && isCompositeType(type) ? measure(fragment.selectionSet, type, walk) : { depth: 0, aliases: 0, cost: 0 };
  walk.seen.set(name, tally);
  return tally;
}

type FieldSelection = Extract<SelectionSetNode['selections'][number], { kind: Kind.FIELD }>;

function measureField(node: FieldSelection, parent: GraphQLCompositeType, walk: Walk): Tally {
  // Introspection reads the schema only and has its own depth rule in graphql-js.
  if (node.name.value.startsWith('__')) return { depth: 0, aliases: 0, cost: 1 };
  const field = 'getFields' in parent ? parent.getFields()[node.name.value] : undefined;
  const type = field && getNamedType(field.type);
  if (!node.selectionSet || !isCompositeType(type)) return { depth: 1, aliases: 0, cost: 1 };
  const below = measure(node.selectionSet, type, walk);
  const isPaged = field?.args.some((argument) => argument.name === 'first') ?? false;
  const first = node.arguments?.find((argument) => argument.name.value === 'first');
  const times = isPaged ? pageSize(first?.value, walk.variables) : 1;
  return { depth: below.depth + 1, aliases: below.aliases, cost: 1 + times * below.cost };
}

function pageSize(value: ValueNode | undefined, variables: Walk['variables']): number {
  if (value?.kind === Kind.INT) return Math.max(1, Number(value.value));
  if (value?.kind !== Kind.VARIABLE) return DEFAULT_PAGE_SIZE;
  const given = variables[value.name.value];
  return typeof given === 'number' ? Math.max(1, given) : given === undefined ? DEFAULT_PAGE_SIZE : MAX_PAGE_SIZE;
}
