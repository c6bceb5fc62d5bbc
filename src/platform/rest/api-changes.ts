import { buildSchema, findBreakingChanges } from 'graphql';

type Json = { [key: string]: Json } & unknown[] & string;

/** Changes that break a GraphQL client, in words. */
export function breakingGraphqlChanges(before: string, after: string): string[] {
  return findBreakingChanges(buildSchema(before), buildSchema(after)).map(
    ({ description }) => `GraphQL: ${description}`,
  );
}

/**
 * Changes that break a REST client, in words: operations, parameters, answers and fields that are gone, have another type or
 * have become required. A schema that is used in requests is judged by what callers send, others by what they read.
 */
export function breakingRestChanges(before: unknown, after: unknown): string[] {
  const was = before as Json;
  const is = after as Json;
  const found: string[] = [];
  for (const [path, item] of Object.entries(was.paths ?? {})) {
    for (const [method, operation] of Object.entries(item as Json)) {
      const name = `${method.toUpperCase()} ${path}`;
      const now = is.paths?.[path]?.[method];
      if (now) found.push(...operationChanges(name, operation as Json, now));
      else found.push(`REST: ${name} was removed`);
    }
  }
  const sent = sentSchemas(is);
  for (const [name, schema] of Object.entries(was.components?.schemas ?? {})) {
    const now = is.components?.schemas?.[name];
    if (now) found.push(...schemaChanges(name, schema as Json, now, sent.has(name)));
  }
  return found;
}

function operationChanges(name: string, was: Json, is: Json): string[] {
  const found: string[] = [];
  const keyOf = (parameter: Json) => `${parameter.in} parameter ${parameter.name}`;
  const before = new Map(((was.parameters ?? []) as Json[]).map((p) => [keyOf(p), p]));
  const after = new Map(((is.parameters ?? []) as Json[]).map((p) => [keyOf(p), p]));
  for (const key of before.keys()) if (!after.has(key)) found.push(`REST: ${name}: the ${key} was removed`);
  for (const [key, parameter] of after) {
    const wasRequired = (before.get(key) as { required?: boolean } | undefined)?.required === true;
    const isRequired = (parameter as { required?: boolean }).required === true;
    if (isRequired && !wasRequired) found.push(`REST: ${name}: the ${key} is now required`);
  }
  for (const status of Object.keys(was.responses ?? {})) {
    if (!is.responses?.[status]) found.push(`REST: ${name}: the answer ${status} was removed`);
  }
  return found;
}

function schemaChanges(name: string, was: Json, is: Json, isSent: boolean): string[] {
  const now = is.properties ?? ({} as Json);
  const changed = Object.entries(was.properties ?? {}).flatMap(([field, schema]) => {
    const after = now[field];
    if (!after) return [`REST: ${name}.${field} was removed`];
    return typeOf(schema as Json) === typeOf(after) ? [] : [`REST: ${name}.${field} has another type`];
  });
  return [...changed, ...(isSent ? newDemands(name, was, is) : lostPromises(name, was, is))];
}

/** What callers must send now, or may not send any more. */
function newDemands(name: string, was: Json, is: Json): string[] {
  const required = missingFrom(is.required, was.required).map((field) => `REST: ${name}.${field} is now required`);
  const values = missingFrom(was.enum, is.enum).map((value) => `REST: ${name} no longer takes ${value}`);
  return [...required, ...values];
}

/** What callers can't count on any more; a field that was removed is told elsewhere. */
function lostPromises(name: string, was: Json, is: Json): string[] {
  const present = missingFrom(was.required, is.required).filter((field) => is.properties?.[field]);
  return present.map((field) => `REST: ${name}.${field} may now be absent`);
}

function missingFrom(members: unknown, others: unknown): string[] {
  const known = new Set((others ?? []) as string[]);
  return ((members ?? []) as string[]).filter((member) => !known.has(member));
}

/** Names of the schemas that request bodies are made of. */
function sentSchemas(document: Json): Set<string> {
  const sent = new Set<string>();
  const visit = (value: unknown): void => {
    for (const [, name] of JSON.stringify(value ?? null).matchAll(/"#\/components\/schemas\/([^"]+)"/g)) {
      if (name === undefined || sent.has(name)) continue;
      sent.add(name);
      visit(document.components?.schemas?.[name]);
    }
  };
  for (const item of Object.values(document.paths ?? {})) {
    for (const operation of Object.values(item as Json)) visit((operation as Json).requestBody);
  }
  return sent;
}

/** The part of a schema that a reader relies on: type, format, reference and items; not descriptions or limits. */
function typeOf(schema: Json): string {
  const { type, format, $ref, allOf, anyOf, items } = schema;
  const inner = items === undefined ? undefined : typeOf(items as unknown as Json);
  const parts = ((allOf ?? anyOf ?? []) as unknown as Json[]).map(typeOf);
  return JSON.stringify([type, format, $ref, parts, inner]);
}
