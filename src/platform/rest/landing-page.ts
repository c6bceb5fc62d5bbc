import type { FastifyInstance } from 'fastify';

interface Entry {
  readonly path: string;
  readonly title: string;
  readonly words: string;
}

const ENTRIES: readonly Entry[] = [
  { path: '/docs', title: 'REST reference', words: 'every path, with examples' },
  { path: '/api/v1/openapi.json', title: 'OpenAPI document', words: 'to make clients from' },
  { path: '/graphql', title: 'GraphQL', words: 'the same use cases, by POST' },
  { path: '/readyz', title: 'Readiness', words: 'how the service and its parts are' },
];
const GRAPHIQL: Entry = { path: '/graphiql', title: 'GraphiQL', words: 'GraphQL in the browser' };

/** `/` says where to go: as a page to a browser, as JSON to everything else. Needs no credential and tells nothing else. */
export function installLandingPage(server: FastifyInstance, { graphiql }: { graphiql: boolean }): void {
  const entries = graphiql ? [...ENTRIES, GRAPHIQL] : ENTRIES;
  const rows = entries.map(({ path, title, words }) => `<li><a href="${path}">${title}</a>: ${words}</li>`).join('');
  const page =
    '<!doctype html><html lang="en"><meta charset="utf-8"><title>Node Steward</title>' +
    `<h1>Node Steward</h1><p>Audited operations for Kubernetes nodes.</p><ul>${rows}</ul></html>`;
  const links = Object.fromEntries(entries.map(({ path, title }) => [title, path]));
  server.get('/', (request, reply) => {
    if (!request.headers.accept?.includes('text/html')) return reply.send({ name: 'Node Steward', links });
    return reply.type('text/html; charset=utf-8').send(page);
  });
}
