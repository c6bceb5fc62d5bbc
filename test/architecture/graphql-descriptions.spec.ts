import { readFileSync } from 'node:fs';
import {
  buildSchema,
  isEnumType,
  isInputObjectType,
  isInterfaceType,
  isObjectType,
  isSpecifiedScalarType,
} from 'graphql';
import { expect, it } from 'vitest';

it('13.2 every type, field, argument, input and enum value of the published schema has words', () => {
  const schema = buildSchema(readFileSync('docs/api/schema.graphql', 'utf8'));
  const without: string[] = [];
  let seen = 0;
  const need = (name: string, { description }: { description?: string | null }) => {
    seen += 1;
    if (!description) without.push(name);
  };
  for (const type of Object.values(schema.getTypeMap())) {
    if (type.name.startsWith('__') || isSpecifiedScalarType(type)) continue;
    need(type.name, type);
    if (isEnumType(type)) for (const value of type.getValues()) need(`${type.name}.${value.name}`, value);
    if (isInputObjectType(type) || isObjectType(type) || isInterfaceType(type)) {
      for (const field of Object.values(type.getFields())) {
        need(`${type.name}.${field.name}`, field);
        const parameters = 'args' in field ? field.args : [];
        for (const argument of parameters) need(`${type.name}.${field.name}(${argument.name})`, argument);
      }
    }
  }
  expect(seen).toBeGreaterThan(1000);
  expect(without).toEqual([]);
});
