import { expect } from 'vitest';
import type { HttpClient } from './http-client.js';

// biome-ignore lint/suspicious/noExplicitAny: answers are looked at as they come
export type Json = any;

export interface GraphqlCaller {
  /** The data of a query that must succeed. */
  query(text: string, variables?: Json): Promise<Json>;
  /** The payload of a mutation that must succeed. */
  mutate(name: string, inputType: string, input: Json, selection: string): Promise<Json>;
  /** The one error of a mutation that must be refused. */
  refused(name: string, inputType: string, input: Json): Promise<Json>;
}

/** GraphQL as one caller, with the payload convention of the mutations. */
export function graphqlCaller(client: HttpClient): GraphqlCaller {
  const send = async (name: string, inputType: string, input: Json, selection: string) => {
    const query = `mutation ($input: ${inputType}) { ${name}(input: $input) { ${selection} userErrors { code message path } } }`;
    const { data, errors } = await client.graphql<Json>(query, { input });
    expect(errors, name).toEqual([]);
    return data[name];
  };
  return {
    async query(text, variables) {
      const { data, errors } = await client.graphql<Json>(text, variables);
      expect(errors, text).toEqual([]);
      return data;
    },
    async mutate(name, inputType, input, selection) {
      const { userErrors, ...payload } = await send(name, inputType, input, selection);
      expect(userErrors, name).toEqual([]);
      return payload;
    },
    async refused(name, inputType, input) {
      const { userErrors } = await send(name, inputType, input, '__typename');
      expect(userErrors, name).toHaveLength(1);
      return userErrors[0];
    },
  };
}
