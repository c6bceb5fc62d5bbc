import { ApiError } from '../store/api-error.js';
import type { Json } from '../store/kube-object.js';
import type { ApiExchange } from './api-exchange.js';
import type { AccessAttributes, ClusterAccess, UserInfo } from './cluster-access.js';

/** Kinds that are questions, not objects: they are answered and forgotten. */
export const REVIEWS: Readonly<Record<string, { readonly kind: string; readonly group: string }>> = {
  tokenreviews: { kind: 'TokenReview', group: 'authentication.k8s.io' },
  selfsubjectreviews: { kind: 'SelfSubjectReview', group: 'authentication.k8s.io' },
  subjectaccessreviews: { kind: 'SubjectAccessReview', group: 'authorization.k8s.io' },
  selfsubjectaccessreviews: { kind: 'SelfSubjectAccessReview', group: 'authorization.k8s.io' },
};

export async function answerReview(access: ClusterAccess, exchange: ApiExchange): Promise<void> {
  const body = await exchange.requireBody();
  const { kind, group } = REVIEWS[exchange.info.resource] as { kind: string; group: string };
  const status = reviewStatus(kind, access, exchange, body.spec ?? {});
  exchange.send(201, { ...body, kind, apiVersion: `${group}/v1`, metadata: body.metadata ?? {}, status });
}

function reviewStatus(kind: string, access: ClusterAccess, exchange: ApiExchange, spec: Json): Json {
  switch (kind) {
    case 'TokenReview': {
      const user = access.authenticate(String(spec.token ?? ''));
      return user
        ? { authenticated: true, user, audiences: ['https://kubernetes.default.svc'] }
        : { authenticated: false, user: {}, error: 'invalid bearer token' };
    }
    case 'SelfSubjectReview':
      return { userInfo: exchange.user };
    case 'SelfSubjectAccessReview':
      return decision(access, exchange.user, spec);
    default:
      if (!spec.user && !spec.groups?.length)
        throw ApiError.badRequest('at least one of user or group must be specified');
      return decision(access, { username: spec.user ?? '', groups: spec.groups ?? [] }, spec);
  }
}

function decision(access: ClusterAccess, user: UserInfo, spec: Json): Json {
  const allowed = access.authorize(user, attributesOf(spec));
  return allowed ? { allowed: true, reason: 'RBAC: allowed by a rule of the simulated cluster' } : { allowed: false };
}

function attributesOf({ resourceAttributes, nonResourceAttributes }: Json): AccessAttributes {
  if (nonResourceAttributes) return { verb: nonResourceAttributes.verb ?? '', path: nonResourceAttributes.path ?? '' };
  if (!resourceAttributes) {
    throw ApiError.badRequest('exactly one of nonResourceAttributes or resourceAttributes must be specified');
  }
  return { ...resourceAttributes };
}
