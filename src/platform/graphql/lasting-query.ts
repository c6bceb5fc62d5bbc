import {
  type DocumentNode,
  type FieldNode,
  type GraphQLSchema,
  getArgumentValues,
  getVariableValues,
  Kind,
  OperationTypeNode,
  TypeInfo,
  visit,
  visitWithTypeInfo,
} from 'graphql';
import type { AnswerVersion, AnswerVersions } from './answer-versions.js';

interface VersionedRoot {
  readonly field: FieldNode;
  readonly version: AnswerVersion;
}

/** A query all of whose fields stay as they are until a version changes. */
export interface LastingQuery {
  /** The version of the answer that these variables would get now; undefined if it must be worked out anew. */
  versionFor(variables: Readonly<Record<string, unknown>>): string | undefined;
}

/** Null unless every root field has a version and nothing that may change meanwhile is asked for. */
export function lastingQuery(
  schema: GraphQLSchema,
  document: DocumentNode,
  versions: AnswerVersions,
): LastingQuery | null {
  const [operation, another] = document.definitions.filter((node) => node.kind === Kind.OPERATION_DEFINITION);
  if (!operation || another || operation.operation !== OperationTypeNode.QUERY) return null;
  const roots: VersionedRoot[] = [];
  for (const field of operation.selectionSet.selections) {
    const version = field.kind === Kind.FIELD ? versions.get(field.name.value) : undefined;
    if (field.kind !== Kind.FIELD || !version) return null;
    roots.push({ field, version });
  }
  if (asksForChanging(schema, document, roots)) return null;
  const definitions = operation.variableDefinitions ?? [];
  const rootType = schema.getQueryType()?.getFields() ?? {};
  return {
    versionFor: (variables) => {
      const { coerced } = getVariableValues(schema, definitions, variables);
      if (!coerced) return undefined;
      const parts: string[] = [];
      for (const { field, version } of roots) {
        const definition = rootType[field.name.value];
        const part = definition && version.of(getArgumentValues(definition, field, coerced));
        if (part === undefined) return undefined;
        parts.push(part);
      }
      return parts.join(' ');
    },
  };
}

function asksForChanging(schema: GraphQLSchema, document: DocumentNode, roots: readonly VersionedRoot[]): boolean {
  const rootNodes = new Set<unknown>(roots.map(({ field }) => field));
  const types = new TypeInfo(schema);
  let found = false;
  const look = (node: FieldNode) => {
    if (rootNodes.has(node)) return;
    const name = `${types.getParentType()?.name}.${node.name.value}`;
    found ||= types.getFieldDef()?.resolve !== undefined || roots.some(({ version }) => version.changing.has(name));
  };
  visit(document, visitWithTypeInfo(types, { Field: look }));
  return found;
}
