import type { IncomingMessage } from 'node:http';
import { ApiError } from '../store/api-error.js';
import { type AccessAttributes, ANONYMOUS, type ClusterAccess, type UserInfo } from './cluster-access.js';
import type { RequestInfo } from './request-info.js';

/** Who asks: by bearer token, or anonymous without one; an unknown token is a 401. Impersonation needs its own right. */
export function authenticate(access: ClusterAccess, request: IncomingMessage): UserInfo {
  const header = request.headers.authorization;
  const user = header ? userOf(access, header) : ANONYMOUS;
  const asUser = request.headers['impersonate-user'];
  if (typeof asUser !== 'string') return user;
  const allowed = access.authorize(user, { verb: 'impersonate', resource: 'users', name: asUser });
  if (!allowed) throw ApiError.forbidden(forbiddenText(user, { verb: 'impersonate', resource: 'users', name: asUser }));
  const groups = request.headers['impersonate-group'];
  const list = Array.isArray(groups) ? groups : groups ? groups.split(',').map((group) => group.trim()) : [];
  return { username: asUser, groups: [...list, 'system:authenticated'], extra: impersonatedExtra(request) };
}

function userOf(access: ClusterAccess, header: string): UserInfo {
  const token = /^bearer\s+(\S+)$/i.exec(header)?.[1];
  const user = token ? access.authenticate(token) : undefined;
  if (!user) throw new ApiError(401, 'Unauthorized', 'Unauthorized');
  return user;
}

function impersonatedExtra(request: IncomingMessage): Record<string, string[]> {
  const extra: Record<string, string[]> = {};
  for (const [name, value] of Object.entries(request.headers)) {
    if (!name.startsWith('impersonate-extra-') || value === undefined) continue;
    extra[decodeURIComponent(name.slice('impersonate-extra-'.length))] = Array.isArray(value) ? value : [value];
  }
  return extra;
}

export function attributesOf(info: RequestInfo): AccessAttributes {
  if (!info.resource) return { verb: info.verb, path: info.path };
  const { verb, group, resource, subresource, namespace, name } = info;
  return { verb, group, resource, subresource, namespace, name };
}

export function authorize(access: ClusterAccess, user: UserInfo, info: RequestInfo): void {
  const attributes = attributesOf(info);
  if (access.authorize(user, attributes)) return;
  const details = info.resource
    ? { name: info.name || undefined, group: info.group || undefined, kind: info.resource }
    : undefined;
  throw ApiError.forbidden(forbiddenText(user, attributes), details);
}

function forbiddenText(user: UserInfo, asked: AccessAttributes): string {
  const { verb, group = '', resource, subresource, namespace, name, path } = asked;
  const who = `User "${user.username}" cannot ${verb}`;
  if (path !== undefined) return `forbidden: ${who} path "${path}"`;
  const full = subresource ? `${resource}/${subresource}` : resource;
  const target = `${group ? `${resource}.${group}` : resource}${name ? ` "${name}"` : ''}`;
  const where = namespace ? `in the namespace "${namespace}"` : 'at the cluster scope';
  return `${target} is forbidden: ${who} resource "${full}" in API group "${group}" ${where}`;
}
