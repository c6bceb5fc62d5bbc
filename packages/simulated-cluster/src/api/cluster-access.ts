import { randomBytes, randomUUID } from 'node:crypto';

export interface UserInfo {
  readonly username: string;
  readonly uid?: string;
  readonly groups: readonly string[];
  readonly extra?: Readonly<Record<string, readonly string[]>>;
}

/** A rule of the Role kind; `*` matches anything, and an absent list of names or namespaces means all of them. */
export interface AccessRule {
  readonly verbs: readonly string[];
  readonly apiGroups?: readonly string[];
  /** `pods`, `pods/log`, `*`, or any resource's subresource: `*` and `/status`. */
  readonly resources?: readonly string[];
  readonly resourceNames?: readonly string[];
  readonly namespaces?: readonly string[];
  readonly nonResourceURLs?: readonly string[];
}

export interface AccessAttributes {
  readonly verb: string;
  readonly group?: string;
  readonly resource?: string;
  readonly subresource?: string;
  readonly namespace?: string;
  readonly name?: string;
  /** Set instead of a resource. */
  readonly path?: string;
}

const SERVICE_ACCOUNT = /^system:serviceaccount:([^:]+):/;
const SUPERUSERS = 'system:masters';
export const ANONYMOUS: UserInfo = { username: 'system:anonymous', groups: ['system:unauthenticated'] };
const PUBLIC_PATHS: ReadonlySet<string> = new Set(['/healthz', '/livez', '/readyz', '/version', '/version/']);

const DISCOVERY: AccessRule = {
  verbs: ['get'],
  nonResourceURLs: [
    '/api',
    '/api/*',
    '/apis',
    '/apis/*',
    '/openapi',
    '/openapi/*',
    '/healthz',
    '/livez',
    '/readyz',
    '/version',
  ],
};
/** What every authenticated user may do in a real cluster, too. */
const AUTHENTICATED: readonly AccessRule[] = [
  DISCOVERY,
  { verbs: ['create'], apiGroups: ['authorization.k8s.io'], resources: ['selfsubjectaccessreviews'] },
];

/** Bearer tokens, the users behind them, and what those may do: the authn and authz of the API server and its kubelets. */
export class ClusterAccess {
  private readonly users = new Map<string, UserInfo>();
  private readonly rules = new Map<string, readonly AccessRule[]>();

  /** Returns the token. Without rules the user may do what every authenticated user may. */
  addUser(
    username: string,
    rules: readonly AccessRule[] = [],
    options: { token?: string; groups?: string[] } = {},
  ): string {
    const token = options.token ?? randomBytes(24).toString('base64url');
    const groups = [...(options.groups ?? impliedGroups(username)), 'system:authenticated'];
    const extra = { 'authentication.kubernetes.io/credential-id': [`JTI=${randomUUID()}`] };
    const account = SERVICE_ACCOUNT.test(username);
    this.users.set(token, { username, uid: username, groups, ...(account ? { extra } : {}) });
    this.rules.set(username, rules);
    return token;
  }

  addServiceAccount(namespace: string, name: string, rules: readonly AccessRule[] = [], token?: string): string {
    return this.addUser(`system:serviceaccount:${namespace}:${name}`, rules, { token });
  }

  addAdmin(username: string, token?: string): string {
    return this.addUser(username, [], { token, groups: [SUPERUSERS] });
  }

  /** One more token for a user, who keeps the rules known so far. */
  issueToken(username: string): string {
    return this.addUser(username, this.rules.get(username));
  }

  /** A revoked token is unknown from then on: 401. */
  revoke(token: string): void {
    this.users.delete(token);
  }

  authenticate(token: string): UserInfo | undefined {
    return this.users.get(token);
  }

  authorize(user: UserInfo, attributes: AccessAttributes): boolean {
    if (user.groups.includes(SUPERUSERS)) return true;
    if (attributes.path !== undefined && PUBLIC_PATHS.has(attributes.path)) return true;
    if (!user.groups.includes('system:authenticated')) return false;
    const own = this.rules.get(user.username) ?? [];
    return [...AUTHENTICATED, ...own].some((rule) => allows(rule, attributes));
  }
}

function impliedGroups(username: string): string[] {
  const account = SERVICE_ACCOUNT.exec(username);
  return account ? ['system:serviceaccounts', `system:serviceaccounts:${account[1]}`] : [];
}

function allows(rule: AccessRule, asked: AccessAttributes): boolean {
  if (!covers(rule.verbs, asked.verb)) return false;
  if (asked.path !== undefined)
    return (rule.nonResourceURLs ?? []).some((url) => pathMatches(url, asked.path as string));
  if (!covers(rule.apiGroups ?? [''], asked.group ?? '')) return false;
  if (!(rule.resources ?? []).some((resource) => resourceMatches(resource, asked))) return false;
  if (rule.resourceNames?.length && !rule.resourceNames.includes(asked.name ?? '')) return false;
  return !rule.namespaces?.length || rule.namespaces.includes(asked.namespace ?? '');
}

function covers(allowed: readonly string[], value: string): boolean {
  return allowed.includes('*') || allowed.includes(value);
}

function pathMatches(pattern: string, path: string): boolean {
  return pattern.endsWith('*') ? path.startsWith(pattern.slice(0, -1)) : pattern === path;
}

function resourceMatches(pattern: string, { resource, subresource }: AccessAttributes): boolean {
  if (pattern === '*') return true;
  if (!subresource) return pattern === resource;
  return pattern === `${resource}/${subresource}` || pattern === `*/${subresource}`;
}
