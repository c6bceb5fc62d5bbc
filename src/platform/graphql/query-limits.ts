import {
  type DocumentNode,
  type FieldNode,
  type FragmentDefinitionNode,
  type GraphQLCompositeType,
  type GraphQLField,
  type GraphQLSchema,
  getNamedType,
  getNullableType,
  getOperationAST,
  isCompositeType,
  isListType,
  Kind,
  SchemaMetaFieldDef,
  type SelectionNode,
  type SelectionSetNode,
  TypeMetaFieldDef,
  type ValueNode,
} from 'graphql';
import { DEFAULT_PAGE_SIZE, MAX_PAGE_SIZE } from '../../kernel/page.js';
import { limitExceeded } from './document-limits.js';

/** Limits of one GraphQL operation; documented in docs/api/README.md. */
export const QUERY_LIMITS = { depth: 12, aliases: 30, rootFields: 10, fields: 1_000, cost: 20_000 } as const;

/** Introspection is read from memory, so its fields cost less; the usual query of the tools fits, two of them don't. */
const SCHEMA_FIELD_COST = 0.025;
/** Fields, arguments or enum values of a type, about. */
const SCHEMA_LIST_SIZE = 6;

interface Tally {
  rootFields: number;
  /** Each as often as the fragments that hold it are spread. */
  fields: number;
  depth: number;
  aliases: number;
  cost: number;
}

const NOTHING: Readonly<Tally> = { rootFields: 0, fields: 0, depth: 0, aliases: 0, cost: 0 };

interface Walk {
  schema: GraphQLSchema;
  fragments: Map<string, FragmentDefinitionNode>;
  variables: Readonly<Record<string, unknown>>;
  defaults: ReadonlyMap<string, ValueNode | undefined>;
  /** A fragment costs the same wherever it is spread on the same type: without this, nested spreads grow exponentially. */
  seen: Map<string, Tally>;
}

/**
 * Checks a validated document (so fragments don't form cycles) before it runs, in time that is linear in the document. A
 * field costs 1; below a page, fields cost as often as the page has items.
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
  const defaults = new Map(operation.variableDefinitions?.map((it) => [it.variable.name.value, it.defaultValue]));
  const tally = measure(operation.selectionSet, root, { schema, fragments, variables, defaults, seen: new Map() });
  for (const [limit, max] of Object.entries(QUERY_LIMITS)) {
    // Beyond 2^53 a number in JSON means nothing, and infinity is none.
    const value = Math.min(Math.ceil(tally[limit as keyof Tally]), Number.MAX_SAFE_INTEGER);
    if (value > max) throw limitExceeded(limit, value, max);
  }
}

function measure(set: SelectionSetNode, parent: GraphQLCompositeType, walk: Walk): Tally {
  const total: Tally = { ...NOTHING };
  for (const node of set.selections) {
    const part = measureSelection(node, parent, walk);
    total.rootFields += part.rootFields;
    total.fields += part.fields;
    total.depth = Math.max(total.depth, part.depth);
    total.aliases += part.aliases;
    total.cost += part.cost;
  }
  return total;
}

function measureSelection(node: SelectionNode, parent: GraphQLCompositeType, walk: Walk): Tally {
  if (node.kind === Kind.FRAGMENT_SPREAD) return measureFragment(node.name.value, walk);
  if (node.kind === Kind.INLINE_FRAGMENT) {
    const type = node.typeCondition ? walk.schema.getType(node.typeCondition.name.value) : parent;
    return measure(node.selectionSet, isCompositeType(type) ? type : parent, walk);
  }
  const field = measureField(node, parent, walk);
  return { ...field, rootFields: 1, fields: field.fields + 1, aliases: field.aliases + (node.alias ? 1 : 0) };
}

function measureFragment(name: string, walk: Walk): Tally {
  const known = walk.seen.get(name);
  if (known) return known;
  const fragment = walk.fragments.get(name);
  const type = fragment && walk.schema.getType(fragment.typeCondition.name.value);
  const tally = fragment && isCompositeType(type) ? measure(fragment.selectionSet, type, walk) : NOTHING;
  walk.seen.set(name, tally);
  return tally;
}

function measureField(node: FieldNode, parent: GraphQLCompositeType, walk: Walk): Tally {
  const field = definitionOf(node.name.value, parent);
  const isSchema = parent.name.startsWith('__') || field === SchemaMetaFieldDef || field === TypeMetaFieldDef;
  const own = isSchema ? SCHEMA_FIELD_COST : 1;
  const type = field && getNamedType(field.type);
  if (!field || !node.selectionSet || !isCompositeType(type)) return { ...NOTHING, depth: isSchema ? 0 : 1, cost: own };
  const below = measure(node.selectionSet, type, walk);
  const times = isSchema ? schemaItems(field, walk.schema) : pageItems(node, field, walk);
  // How deep introspection goes is a rule of graphql-js already.
  return { ...below, depth: isSchema ? 0 : below.depth + 1, cost: own + times * below.cost };
}

function definitionOf(name: string, parent: GraphQLCompositeType): GraphQLField<unknown, unknown> | undefined {
  if (name === SchemaMetaFieldDef.name) return SchemaMetaFieldDef;
  if (name === TypeMetaFieldDef.name) return TypeMetaFieldDef;
  return 'getFields' in parent ? parent.getFields()[name] : undefined;
}

function schemaItems(field: GraphQLField<unknown, unknown>, schema: GraphQLSchema): number {
  if (!isListType(getNullableType(field.type))) return 1;
  return field.name === 'types' ? Object.keys(schema.getTypeMap()).length : SCHEMA_LIST_SIZE;
}

function pageItems(node: FieldNode, field: GraphQLField<unknown, unknown>, walk: Walk): number {
  if (!field.args.some((argument) => argument.name === 'first')) return 1;
  return pageSize(node.arguments?.find((argument) => argument.name.value === 'first')?.value, walk);
}

function pageSize(value: ValueNode | undefined, walk: Walk): number {
  if (value?.kind === Kind.INT) return Math.max(1, Number(value.value));
  if (value?.kind !== Kind.VARIABLE) return DEFAULT_PAGE_SIZE;
  const name = value.name.value;
  const given = walk.variables[name];
  if (given === undefined) return pageSize(walk.defaults.get(name), walk);
  return typeof given === 'number' ? Math.max(1, given) : MAX_PAGE_SIZE;
}
