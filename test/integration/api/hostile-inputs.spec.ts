import { readFileSync } from 'node:fs';
import {
  buildSchema,
  type GraphQLArgument,
  type GraphQLField,
  type GraphQLInputType,
  getNamedType,
  getNullableType,
  isCompositeType,
  isEnumType,
  isInputObjectType,
  isListType,
} from 'graphql';
import { createClient } from 'graphql-ws';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { SimulatedCluster } from '../../../packages/simulated-cluster/src/start-simulated-cluster.js';
import { type ApiApp, startApiApp } from '../../support/api-app.js';
import { hostileValuesFor, leavesOf, withValue } from '../../support/hostile-values.js';
import { startTestCluster } from '../../support/simulated-cluster.js';

// biome-ignore lint/suspicious/noExplicitAny: a document that describes itself
type Json = any;

const document: Json = JSON.parse(readFileSync('docs/api/openapi.json', 'utf8'));
const schema = buildSchema(readFileSync('docs/api/schema.graphql', 'utf8'));
const AT_ONCE = 16;
const TIMEOUT_MS = 600_000;

let cluster: SimulatedCluster;
let api: ApiApp;
beforeAll(async () => {
  cluster = await startTestCluster();
  api = await startApiApp(cluster.kubeconfigPath, { RATE_LIMIT_REQUESTS: '10000000', LOG_LEVEL: 'silent' });
  const created = async (path: string, body: object) => {
    const answer = await api.client.rest('POST', `/api/v1/${path}`, { body });
    expect(answer.body.id, JSON.stringify(answer.body)).toBeTypeOf('string');
    return answer.body.id;
  };
  const change = { cluster: 'demo', nodes: ['worker-1'], patch: { maxPods: 120 }, reason: 'because of a test' };
  const run = { action: 'CORDON', nodes: ['worker-1'], reason: 'because of a test' };
  ids['/operations/'] = await created('clusters/demo/nodes/worker-2/cordon', { reason: 'because of a test' });
  ids['/kubelet-config-changes/'] = await created('kubelet-config-changes', change);
  ids['/maintenance-runs/'] = await created('clusters/demo/maintenance-runs', run);
});
afterAll(async () => {
  await api?.close();
  await cluster?.close();
});

/** Of things that exist, by the paths below which they are. */
const ids: Record<string, string | undefined> = {};

/** Names that exist, so that what is asked gets past the look-ups. */
const KNOWN: Readonly<Record<string, unknown>> = {
  cluster: 'demo',
  clusters: ['demo'],
  node: 'worker-1',
  name: 'worker-1',
  nodes: ['worker-1'],
  namespace: 'default',
  pod: 'web',
  page: 'kubelet',
  nodeSelector: 'kubernetes.io/os=linux',
  maxUnavailable: '1',
  patch: { maxPods: 120 },
  id: '00000000-0000-7000-8000-000000000000',
};

async function inParallel<T>(items: readonly T[], work: (item: T) => Promise<void>): Promise<void> {
  const left = [...items];
  await Promise.all(
    Array.from({ length: AT_ONCE }, async () => {
      for (let item = left.pop(); item !== undefined; item = left.pop()) await work(item);
    }),
  );
}

interface RestCase {
  readonly what: string;
  /** Codes that the document has for its answers, by status. */
  readonly problems: ReadonlyMap<string, readonly string[]>;
  readonly method: string;
  readonly path: string;
  readonly headers?: Record<string, string>;
  readonly body?: string;
}

it('10.13 no value in any input of the OpenAPI document is answered as a fault of the service', {
  timeout: TIMEOUT_MS,
}, async () => {
  const cases = Object.entries<Json>(document.paths).flatMap(([path, item]) =>
    Object.entries<Json>(item).flatMap(([method, operation]) => restCases(path, method.toUpperCase(), operation)),
  );
  const faults = new Set<string>();
  const unlisted = new Set<string>();
  await inParallel(cases, async ({ what, problems, method, path, headers, body }) => {
    const abort = new AbortController();
    const json: Record<string, string> = body === undefined ? {} : { 'content-type': 'application/json' };
    const answer = await fetch(`${api.client.url}${path}`, {
      method,
      headers: { authorization: `Bearer ${api.tokens.admin}`, ...json, ...headers },
      ...(body === undefined ? {} : { body }),
      signal: abort.signal,
    });
    const { status } = answer;
    // A stream may never end: what came well is not read.
    const text = status < 400 ? '' : await answer.text();
    abort.abort();
    if (status >= 500) faults.add(`${status} ${what}: ${text.slice(0, 200)}`);
    else if (status >= 400) {
      const { code } = JSON.parse(text);
      if (!problems.get(String(status))?.includes(code))
        unlisted.add(`${what.split(' ', 2).join(' ')}: ${status} ${code}`);
    }
  });
  console.log(`${cases.length} REST requests with hostile values`);
  expect([...faults].sort(), [...faults].join('\n')).toEqual([]);
  expect([...unlisted].sort(), 'answers that the document does not have').toEqual([]);
  expect((await api.client.rest('GET', '/healthz')).status).toBe(200);
});

function problemsOf(operation: Json): Map<string, string[]> {
  return new Map(
    Object.entries<Json>(operation.responses).map(([status, { $ref }]) => {
      const response = document.components.responses[$ref?.split('/').at(-1)];
      return [status, response?.['x-problem-codes'] ?? []];
    }),
  );
}

function restCases(template: string, method: string, operation: Json): RestCase[] {
  const parameters: Json[] = operation.parameters ?? [];
  const filled = (values: Record<string, unknown>) =>
    template.replaceAll(/\{(\w+)\}/g, (_, name) =>
      encodeText(String(values[name] ?? (name === 'id' ? idBelow(template) : undefined) ?? KNOWN[name] ?? 'x')),
    );
  const content = operation.requestBody?.content['application/json'];
  const body = content && exampleOf(content.schema);
  const base = {
    method,
    problems: problemsOf(operation),
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  };
  const title = `${method} ${template}`;
  const fromParameters = parameters.flatMap(({ name, in: place, schema: given }) =>
    textsFor(exampleOf(given ?? {}, name), name).flatMap(([of, text]) => {
      const what = `${title} ${place} ${name}: ${of}`;
      if (place === 'path') return text === '' ? [] : [{ ...base, what, path: filled({ [name]: text }) }];
      if (place === 'query') return [{ ...base, what, path: `${filled({})}?${name}=${encodeText(text)}` }];
      const isHeader = /^[\x20-\x7e]*$/.test(text);
      return isHeader ? [{ ...base, what, path: filled({}), headers: { [name]: text } }] : [];
    }),
  );
  const fromBody = (body === undefined ? [] : leavesOf(body)).flatMap(({ path, value: sample }) =>
    hostileValuesFor(sample, String(path.at(-1))).map(([of, value]) => ({
      ...base,
      what: `${title} body /${path.join('/')}: ${of}`,
      path: filled({}),
      body: JSON.stringify(withValue(body, path, value)),
    })),
  );
  return [...fromParameters, ...fromBody];
}

const textsFor = (sample: unknown, name: string): [string, string][] =>
  hostileValuesFor(sample, name)
    .filter(([, value]) => typeof value !== 'object')
    .map(([of, value]) => [of, String(value)]);

const idBelow = (path: string) => Object.entries(ids).find(([below]) => path.includes(below))?.[1];

/** Percent-encoding that also takes what is no Unicode. */
const encodeText = (text: string) =>
  text.isWellFormed() ? encodeURIComponent(text) : encodeURIComponent(text.toWellFormed());

function exampleOf(given: Json, name = '', depth = 0): unknown {
  const shape = resolved(given);
  if (shape.example !== undefined) return shape.example;
  if (name in KNOWN)
    return shape.type === 'array' || typeof KNOWN[name] !== 'object' || name === 'patch' ? KNOWN[name] : 'demo';
  if (shape.enum) return shape.enum[0];
  if (shape.type === 'array') return depth > 4 ? [] : [exampleOf(shape.items, '', depth + 1)];
  if (shape.properties) {
    return Object.fromEntries(
      Object.entries(shape.properties).map(([key, member]) => [key, exampleOf(member, key, depth + 1)]),
    );
  }
  if (shape.type === 'object') return { 'example.com/a': 'b' };
  if (shape.type === 'integer' || shape.type === 'number') return shape.minimum ?? 1;
  if (shape.type === 'boolean') return false;
  return shape.format === 'date-time' ? '2027-01-01T00:00:00Z' : 'because of a test';
}

function resolved(shape: Json): Json {
  const { $ref, allOf, anyOf, oneOf } = shape;
  if ($ref) return resolved(document.components.schemas[$ref.split('/').at(-1)]);
  const [first] = allOf ?? anyOf ?? oneOf ?? [];
  return first ? { ...resolved(first), ...(shape.example === undefined ? {} : { example: shape.example }) } : shape;
}

type RootField = GraphQLField<unknown, unknown>;

it('10.13 no value in any input of the SDL is answered as INTERNAL', { timeout: TIMEOUT_MS }, async () => {
  const cases = (['query', 'mutation'] as const).flatMap((kind) => graphqlCases(kind));
  const faults: string[] = [];
  await inParallel(cases, async ({ what, query, variables }) => {
    const { status, errors } = await api.client.graphql(query, variables);
    const [internal] = errors.filter(({ extensions }) => extensions?.code === 'INTERNAL');
    if (status >= 500 || internal) faults.push(`${status} ${what}: ${JSON.stringify(internal ?? null).slice(0, 200)}`);
  });
  console.log(`${cases.length} GraphQL requests with hostile values`);
  expect(faults.sort(), faults.join('\n')).toEqual([]);
  expect((await api.client.rest('GET', '/healthz')).status).toBe(200);
});

it('10.13 nor is one over a socket', { timeout: TIMEOUT_MS }, async () => {
  const faults: string[] = [];
  const client = createClient({
    url: `${api.client.url.replace('http', 'ws')}/graphql`,
    webSocketImpl: WebSocket,
    connectionParams: { authorization: `Bearer ${api.tokens.admin}` },
    lazy: false,
  });
  await inParallel(graphqlCases('subscription'), async ({ what, query, variables }) => {
    const results = client.iterate({ query, variables });
    // What is not refused is open and may never say anything.
    const nothing = new Promise<void>((resolve) => setTimeout(resolve, 500));
    const first = await Promise.race([
      results.next().then(
        ({ value }) => value,
        (errors: unknown) => ({ errors }),
      ),
      nothing,
    ]);
    void results.return?.();
    if (JSON.stringify(first ?? null).includes('INTERNAL'))
      faults.push(`${what}: ${JSON.stringify(first).slice(0, 200)}`);
  });
  await client.dispose();
  expect(faults.sort(), faults.join('\n')).toEqual([]);
});

function graphqlCases(kind: 'query' | 'mutation' | 'subscription') {
  const root = {
    query: schema.getQueryType(),
    mutation: schema.getMutationType(),
    subscription: schema.getSubscriptionType(),
  };
  return Object.values<RootField>(root[kind]?.getFields() ?? {}).flatMap((field) => {
    const { args, name, type } = field;
    if (args.length === 0) return [];
    const declared = args.map((arg) => `$${arg.name}: ${arg.type}`).join(' ');
    const passed = args.map((arg) => `${arg.name}: $${arg.name}`).join(' ');
    const selection = isCompositeType(getNamedType(type)) ? ' { __typename }' : '';
    const query = `${kind} (${declared}) { ${name}(${passed})${selection} }`;
    const variables = Object.fromEntries(
      args.map((arg: GraphQLArgument) => [
        arg.name,
        arg.name === 'id' ? (idOf(name) ?? KNOWN.id) : sampleOf(arg.type, arg.name),
      ]),
    );
    return leavesOf(variables)
      .filter(({ path }) => path.length > 0)
      .flatMap(({ path, value: sample }) =>
        hostileValuesFor(sample, String(path.at(-1))).map(([of, value]) => ({
          what: `${name} ${path.join('.')}: ${of}`,
          query,
          variables: withValue(variables, path, value) as Record<string, unknown>,
        })),
      );
  });
}

function idOf(field: string): string | undefined {
  if (/maintenanceRun/i.test(field)) return ids['/maintenance-runs/'];
  return ids[/kubeletConfigChange/i.test(field) ? '/kubelet-config-changes/' : '/operations/'];
}

function sampleOf(given: GraphQLInputType, name: string, depth = 0): unknown {
  const type = getNullableType(given);
  if (isListType(type))
    return Array.isArray(KNOWN[name]) ? KNOWN[name] : depth > 4 ? [] : [sampleOf(type.ofType, '', depth + 1)];
  if (isInputObjectType(type)) {
    return Object.fromEntries(
      Object.values(type.getFields()).map((field) => [field.name, sampleOf(field.type, field.name, depth + 1)]),
    );
  }
  if (isEnumType(type)) return type.getValues()[0]?.name;
  if (type.name === 'JSON') return KNOWN[name] ?? { 'example.com/a': 'b' };
  if (type.name === 'DateTime') return '2027-01-01T00:00:00Z';
  if (type.name === 'Int' || type.name === 'Float') return 1;
  if (type.name === 'Boolean') return false;
  return typeof KNOWN[name] === 'string' ? KNOWN[name] : name === 'clientMutationId' ? null : 'because of a test';
}
