import { ApiError } from '../store/api-error.js';

/** What a request asks for, as the real server's RequestInfo has it; authorization, faults and the log work on it. */
export interface RequestInfo {
  readonly method: string;
  readonly path: string;
  readonly query: URLSearchParams;
  readonly verb: string;
  /** Empty for requests that name no resource (`/version`, `/healthz`). */
  readonly resource: string;
  readonly group: string;
  readonly version: string;
  readonly subresource: string;
  readonly namespace: string;
  readonly name: string;
  /** What follows a subresource: the path on a kubelet behind `nodes/proxy`. */
  readonly rest: string;
}

const NAMESPACE_SUBRESOURCES: ReadonlySet<string> = new Set(['finalize', 'status']);

export function parseRequest(method: string, url: string): RequestInfo {
  const mark = url.indexOf('?');
  const path = mark < 0 ? url : url.slice(0, mark);
  const query = new URLSearchParams(mark < 0 ? '' : url.slice(mark + 1));
  const parts = decodeParts(path);
  const none = { resource: '', group: '', version: '', subresource: '', namespace: '', name: '', rest: '' };
  const prefix = parts[0] === 'api' ? 2 : parts[0] === 'apis' ? 3 : 0;
  if (prefix === 0 || parts.length <= prefix) {
    return { method, path, query, ...none, verb: method === 'HEAD' ? 'get' : method.toLowerCase() };
  }
  const group = prefix === 3 ? (parts[1] as string) : '';
  const version = parts[prefix - 1] as string;
  const target = resourceTarget(parts.slice(prefix), path);
  return { method, path, query, group, version, ...target, verb: resourceVerb(method, target.name, query) };
}

function resourceTarget(parts: readonly string[], path: string) {
  let namespace = '';
  let rest = parts;
  const [, second, third] = parts;
  if (parts[0] === 'namespaces' && second && third !== undefined && !NAMESPACE_SUBRESOURCES.has(third)) {
    namespace = second;
    rest = parts.slice(2);
  }
  const [resource = '', name = '', subresource = '', ...tail] = rest;
  const trailingSlash = tail.length > 0 && path.endsWith('/') ? '/' : '';
  return { resource, namespace, name, subresource, rest: tail.join('/') + trailingSlash };
}

function resourceVerb(method: string, name: string, query: URLSearchParams): string {
  switch (method) {
    case 'GET':
    case 'HEAD': {
      const watch = query.get('watch');
      if (watch !== null && watch !== 'false' && watch !== '0') return 'watch';
      return name ? 'get' : 'list';
    }
    case 'POST':
      return 'create';
    case 'PUT':
      return 'update';
    case 'PATCH':
      return 'patch';
    case 'DELETE':
      return name ? 'delete' : 'deletecollection';
    default:
      return method.toLowerCase();
  }
}

function decodeParts(path: string): string[] {
  try {
    return path
      .split('/')
      .filter((part) => part !== '')
      .map(decodeURIComponent);
  } catch {
    throw ApiError.badRequest('the request path is not properly escaped');
  }
}
