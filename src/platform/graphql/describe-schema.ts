import { type GraphQLNamedType, type GraphQLSchema, isInputObjectType, isInterfaceType, isObjectType } from 'graphql';

/** Arguments that mean the same wherever they occur. */
const ARGUMENTS: Readonly<Record<string, string>> = {
  cluster: 'Name of the cluster.',
  id: 'Its id.',
  input: 'What to do, and why.',
  name: 'Its name.',
  node: 'Name of the node.',
  nodes: 'Names of the nodes.',
  options: 'Options; the defaults where left out.',
};

/** What the name of a type says by itself: pages, payloads and inputs are all of one form. */
const FORMS: readonly (readonly [RegExp, (stem: string) => string])[] = [
  [/^(.+)Connection$/, (stem) => `One page of ${stem} items.`],
  [/^(.+)Edge$/, (stem) => `A ${stem} with the cursor to go on after it.`],
  [/^(.+)Payload$/, (stem) => `What came of it: the ${stem}, or the errors that the caller can mend.`],
  [/^(.+)Input$/, (stem) => `What ${stem.replace(/^./, (first) => first.toLowerCase())} takes.`],
  [/^Query$/, () => 'Reads.'],
  [/^Mutation$/, () => 'Everything that acts or changes something. What a caller can mend comes back as userErrors.'],
  [/^Subscription$/, () => 'Events as they happen, over graphql-ws.'],
];

/** Gives words to what the decorators leave without; what they say stays. Changes the schema in place. */
export function describeSchema(schema: GraphQLSchema): GraphQLSchema {
  for (const type of Object.values(schema.getTypeMap())) {
    if (type.name.startsWith('__')) continue;
    if (isObjectType(type) || isInterfaceType(type)) {
      for (const field of Object.values(type.getFields())) {
        for (const argument of field.args) argument.description ??= ARGUMENTS[argument.name];
      }
    }
    if (isObjectType(type) || isInputObjectType(type)) type.description ??= formOf(type);
  }
  return schema;
}

function formOf({ name }: GraphQLNamedType): string | undefined {
  for (const [form, words] of FORMS) {
    const match = form.exec(name);
    if (match) return words(match[1] ?? '');
  }
  return undefined;
}
