// A program of an integrator, compiled under `strict` against types that were made from the published document.
import createClient from 'openapi-fetch';
import type { components, paths } from './schema.js';

type Operation = components['schemas']['Operation'];
type OperationEvent = components['schemas']['OperationEvent'];

const [baseUrl, token, node] = process.argv.slice(2);
if (!baseUrl || !token || !node) throw new Error('usage: drain BASE_URL TOKEN NODE');
const headers = { authorization: `Bearer ${token}` };
const client = createClient<paths, 'application/json' | 'application/problem+json'>({ baseUrl, headers });
const streams = createClient<paths, 'text/event-stream'>({ baseUrl, headers });

async function start(name: string): Promise<Operation> {
  const { data, error } = await client.POST('/api/v1/clusters/{cluster}/nodes/{node}/drain', {
    params: { path: { cluster: 'demo', node: name }, query: {} },
    body: {
      reason: 'a generated client',
      ticket: 'OPS-9',
      externalCorrelationId: 'client-1',
      options: { ignoreDaemonSets: true, deleteEmptyDirData: true, force: true },
    },
  });
  if (error) throw new Error(`${error.code}: ${error.detail}`);
  return data;
}

/** Every event, until the stream ends with the operation. */
async function* follow(id: string): AsyncGenerator<OperationEvent> {
  const { data, response } = await streams.GET('/api/v1/operations/{id}/events', {
    params: { path: { id } },
    parseAs: 'stream',
  });
  if (!data) throw new Error(`no events: ${response.status}`);
  let pending = '';
  const decoder = new TextDecoder();
  for await (const chunk of data as unknown as AsyncIterable<Uint8Array>) {
    pending += decoder.decode(chunk, { stream: true });
    const frames = pending.split('\n\n');
    pending = frames.pop() ?? '';
    for (const frame of frames) {
      const line = frame.split('\n').find((each) => each.startsWith('data: '));
      if (line) yield JSON.parse(line.slice('data: '.length)) as OperationEvent;
    }
  }
}

const operation = await start(node);
let last: OperationEvent | undefined;
let count = 0;
for await (const event of follow(operation.id)) {
  last = event;
  count += 1;
}
const { data: ended, error } = await client.GET('/api/v1/operations/{id}', {
  params: { path: { id: operation.id }, query: {} },
});
if (error) throw new Error(error.detail);
const { data: mine } = await client.GET('/api/v1/operations', {
  params: { query: { first: 10, externalCorrelationId: 'client-1', state: ['SUCCEEDED'] } },
});
const found: string[] = (mine?.items ?? []).map(({ id }) => id);
console.log(JSON.stringify({ id: operation.id, state: ended.state, count, last, found }));
