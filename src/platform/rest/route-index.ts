import type { FastifyInstance } from 'fastify';

const methodsOf = new WeakMap<object, Map<string, { pattern: RegExp; methods: Set<string> }>>();

/** Remembers which methods each path has, so that a known path with another method is 405 and not 404. */
export function installRouteIndex(server: FastifyInstance): void {
  const routes = new Map<string, { pattern: RegExp; methods: Set<string> }>();
  methodsOf.set(server.server, routes);
  server.addHook('onRoute', ({ url, method }) => {
    // Catch-all routes (CORS, static files) say nothing about a path.
    if (url.includes('*')) return;
    const source = url.replaceAll(/[.+?^${}()|[\]\\]/g, '\\$&').replaceAll(/:[^/]+/g, '[^/]+');
    const route = routes.get(url) ?? { pattern: new RegExp(`^${source}/?$`), methods: new Set<string>() };
    for (const name of [method].flat()) route.methods.add(name);
    routes.set(url, route);
  });
}

/** The methods that exist at `path`; empty if there is nothing. */
export function methodsAt(server: object, path: string): string[] {
  const found = new Set<string>();
  for (const { pattern, methods } of methodsOf.get(server)?.values() ?? []) {
    if (pattern.test(path)) for (const method of methods) found.add(method);
  }
  return [...found].sort();
}
