import type { HttpClient } from '../support/http-client.js';

interface Endpoint {
  readonly method: string;
  readonly path: string;
  readonly body?: unknown;
  readonly fromMemory: boolean;
}

export interface Answer extends Endpoint {
  readonly ms: number;
  readonly status: number;
  readonly code: string | undefined;
  readonly retryAfter: string | null;
}

/** Longer than every limit: what takes so long is reported as not answered. */
const GIVEN_UP_MS = 30_000;

const get = (path: string, fromMemory: boolean): Endpoint => ({ method: 'GET', path, fromMemory });
const graphql = (query: string, fromMemory: boolean): Endpoint => ({
  method: 'POST',
  path: '/graphql',
  body: { query },
  fromMemory,
});

/** What is answered without the database. */
export const FROM_MEMORY: readonly Endpoint[] = [
  get('/api/v1/clusters/demo/nodes', true),
  get('/api/v1/clusters/demo/nodes/worker-1', true),
  get('/api/v1/clusters', true),
  graphql('{ nodes(cluster: "demo", first: 5) { nodes { name activeOperation { id } warnings } } }', true),
];

export const NEEDS_DATABASE: readonly Endpoint[] = [
  get('/api/v1/operations', false),
  get('/api/v1/audit-events', false),
  get('/api/v1/maintenance-runs', false),
  graphql('{ operations(first: 1) { nodes { id } } }', false),
  { method: 'POST', path: '/api/v1/clusters/demo/nodes/worker-1/cordon', body: { reason: 'chaos' }, fromMemory: false },
];

/** Asks all at once. */
export function poll(api: HttpClient, endpoints: readonly Endpoint[]): Promise<Answer[]> {
  return Promise.all(
    endpoints.map(async (endpoint) => {
      const started = performance.now();
      const signal = AbortSignal.timeout(GIVEN_UP_MS);
      const asked = api.rest(endpoint.method, endpoint.path, { body: endpoint.body, signal });
      const { status, headers, body } = await asked.catch((error: Error) => noAnswer(error));
      const code = (body?.code ?? body?.errors?.[0]?.extensions?.code) as string | undefined;
      return {
        ...endpoint,
        ms: Math.round(performance.now() - started),
        status,
        code,
        retryAfter: headers.get('retry-after'),
      };
    }),
  );
}

const noAnswer = ({ name }: Error) => ({ status: 0, headers: new Headers(), body: { code: `nothing (${name})` } });

/** One sentence for each answer that came late or said the wrong thing. */
export function wrongAnswers(answers: readonly Answer[], code: string, limitMs: number): string[] {
  return answers.flatMap((answer) => {
    const what = `${answer.method} ${answer.path}`;
    const late = answer.ms > limitMs ? [`${what} was answered later than ${limitMs} ms`] : [];
    if (answer.fromMemory)
      return answer.code === undefined ? late : [...late, `${what} said ${answer.code}, not what is in memory`];
    const isRight = answer.code === code && answer.retryAfter !== null;
    return isRight ? late : [...late, `${what} said ${answer.status} ${answer.code}, Retry-After ${answer.retryAfter}`];
  });
}
