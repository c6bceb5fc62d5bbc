import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import type { FastifyInstance } from 'fastify';

const require = createRequire(import.meta.url);

/** Everything the page loads comes from this server: clusters are often not allowed to reach a CDN. */
const ASSETS: Record<string, [pack: string, file: string]> = {
  'react.js': ['react', 'umd/react.production.min.js'],
  'react-dom.js': ['react-dom', 'umd/react-dom.production.min.js'],
  'graphiql.js': ['graphiql', 'graphiql.min.js'],
  'graphiql.css': ['graphiql', 'graphiql.min.css'],
};

const PAGE = `<!doctype html>
<html lang="en">
<head>
  <meta charset="utf-8">
  <title>Node Steward GraphiQL</title>
  <link rel="stylesheet" href="/graphiql/assets/graphiql.css">
  <style>body { margin: 0 } #graphiql { height: 100vh }</style>
</head>
<body>
  <div id="graphiql">Loading…</div>
  <script src="/graphiql/assets/react.js"></script>
  <script src="/graphiql/assets/react-dom.js"></script>
  <script src="/graphiql/assets/graphiql.js"></script>
  <script type="module" src="/graphiql/assets/page.js"></script>
</body>
</html>
`;

/** Queries go over HTTP and subscriptions over the socket, both with what the headers tab holds. */
const PAGE_SCRIPT = `import { createClient } from '/graphiql/assets/graphql-ws/client.js';
const { GraphiQL } = window;
const socketUrl = location.origin.replace(/^http/, 'ws') + '/graphql';
const isSubscription = ({ operationName }, document) => document?.definitions.some((node) =>
  node.kind === 'OperationDefinition' && node.operation === 'subscription' &&
  (!operationName || node.name?.value === operationName));
async function* subscribe(params, authorization) {
  const client = createClient({ url: socketUrl, retryAttempts: 0, connectionParams: { authorization } });
  try { yield* client.iterate(params); } finally { client.dispose(); }
}
function fetcher(params, options = {}) {
  const headers = options.headers ?? {};
  const authorization = headers.authorization ?? headers.Authorization;
  if (isSubscription(params, options.documentAST)) return subscribe(params, authorization);
  return fetch('/graphql', {
    method: 'POST',
    headers: { ...headers, 'content-type': 'application/json' },
    body: JSON.stringify(params),
  }).then((answer) => answer.json());
}
const defaultHeaders = JSON.stringify({ authorization: 'Bearer ' }, null, 2);
const root = ReactDOM.createRoot(document.getElementById('graphiql'));
root.render(React.createElement(GraphiQL, { fetcher, defaultHeaders, isHeadersEditorEnabled: true }));
`;

/** GraphiQL at /graphiql; a browser that opens /graphql is sent there. */
export function installGraphiql(server: FastifyInstance): void {
  const socketClient = dirname(require.resolve('graphql-ws/client'));
  server.get('/graphiql', (_request, reply) => reply.type('text/html; charset=utf-8').send(PAGE));
  server.get('/graphiql/assets/page.js', (_request, reply) =>
    reply.type('text/javascript; charset=utf-8').send(PAGE_SCRIPT),
  );
  for (const [name, [pack, file]] of Object.entries(ASSETS)) {
    const type = name.endsWith('.css') ? 'text/css' : 'text/javascript';
    server.get(`/graphiql/assets/${name}`, async (_request, reply) => {
      reply.type(`${type}; charset=utf-8`).header('cache-control', 'public, max-age=3600');
      return readFile(join(dirname(require.resolve(`${pack}/package.json`)), file));
    });
  }
  server.get<{ Params: { file: string } }>('/graphiql/assets/graphql-ws/:file', async (request, reply) => {
    const { file } = request.params;
    const text =
      /^(client|common-[\w-]+)\.js$/.test(file) && (await readFile(join(socketClient, file)).catch(() => null));
    if (!text) return reply.callNotFound();
    return reply.type('text/javascript; charset=utf-8').header('cache-control', 'public, max-age=3600').send(text);
  });
  server.addHook('onRequest', async (request, reply) => {
    const isPage =
      request.method === 'GET' && request.url === '/graphql' && /text\/html/.test(request.headers.accept ?? '');
    if (isPage) return reply.redirect('/graphiql');
  });
}
