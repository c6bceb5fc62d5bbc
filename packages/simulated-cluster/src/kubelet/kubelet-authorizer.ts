export interface KubeletUser {
  username: string;
  groups: readonly string[];
}

export interface NodeAccessAttributes {
  verb: string;
  resource: 'nodes';
  subresource: string;
  name: string;
}

/** TokenReview and SubjectAccessReview as the kubelet's webhooks ask them. */
export abstract class KubeletAccess {
  abstract authenticate(token: string): KubeletUser | undefined;
  abstract authorize(user: KubeletUser, attributes: NodeAccessAttributes): boolean;
}

export interface AccessRefusal {
  status: 401 | 403;
  message: string;
}

const VERBS: Readonly<Record<string, string>> = {
  GET: 'get',
  POST: 'create',
  PUT: 'update',
  PATCH: 'patch',
  DELETE: 'delete',
};

/** Path prefix to subresource; those marked fall back to `proxy`, as KubeletFineGrainedAuthz does. */
const FINE_GRAINED: readonly [prefix: string, subresource: string, orProxy: boolean][] = [
  ['/stats', 'stats', false],
  ['/metrics', 'metrics', false],
  ['/logs', 'log', false],
  ['/checkpoint', 'checkpoint', false],
  ['/statusz', 'statusz', false],
  ['/flagz', 'flagz', false],
  ['/pods', 'pods', true],
  ['/runningpods', 'pods', true],
  ['/healthz', 'healthz', true],
  ['/configz', 'configz', true],
];

const isUnder = (path: string, prefix: string): boolean => path === prefix || path.startsWith(`${prefix}/`);

export function subresourcesOf(path: string): string[] {
  const match = FINE_GRAINED.find(([prefix]) => isUnder(path, prefix));
  if (!match) return ['proxy'];
  return match[2] ? [match[1], 'proxy'] : [match[1]];
}

/** Undefined when the request may pass. */
export function checkAccess(
  access: KubeletAccess,
  nodeName: string,
  request: { method: string; path: string; token?: string; anonymousAllowed: boolean },
): AccessRefusal | undefined {
  const anonymous = { username: 'system:anonymous', groups: ['system:unauthenticated'] };
  const user = request.token ? access.authenticate(request.token) : request.anonymousAllowed ? anonymous : undefined;
  if (!user) return { status: 401, message: 'Unauthorized' };
  const verb = VERBS[request.method] ?? '';
  const subresources = subresourcesOf(request.path);
  const allowed = subresources.some((subresource) =>
    access.authorize(user, { verb, resource: 'nodes', subresource, name: nodeName }),
  );
  if (allowed) return undefined;
  const who = `user=${user.username}, verb=${verb}, resource=nodes, subresource(s)=[${subresources.join(' ')}]`;
  return { status: 403, message: `Forbidden (${who})\n` };
}
