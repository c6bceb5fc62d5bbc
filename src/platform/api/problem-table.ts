import type { DomainError, ErrorCode } from '../../kernel/domain-error.js';

export interface ProblemKind {
  status: number;
  title: string;
  /** True if the caller can cause it: GraphQL mutations answer it as a `userErrors` entry instead of an error. */
  userError: boolean;
  /** Where trying again helps: after how long, unless the error knows better. */
  retryAfterSeconds?: number;
}

/** The one mapping of error codes to transports. `type` of a problem document is a URN made of the code. */
export const PROBLEMS = {
  UNAUTHENTICATED: { status: 401, title: 'Credentials are missing or not valid', userError: false },
  FORBIDDEN: { status: 403, title: 'Not allowed', userError: true },
  NOT_FOUND: { status: 404, title: 'Not found', userError: true },
  CLUSTER_NOT_FOUND: { status: 404, title: 'Unknown cluster', userError: true },
  NODE_NOT_FOUND: { status: 404, title: 'Unknown node', userError: true },
  VALIDATION_FAILED: { status: 400, title: 'The request is not valid', userError: true },
  PAYLOAD_TOO_LARGE: { status: 413, title: 'The body is too large', userError: false },
  UNSUPPORTED_MEDIA_TYPE: { status: 415, title: 'The content type is not supported', userError: false },
  METHOD_NOT_ALLOWED: { status: 405, title: 'The method is not allowed here', userError: false },
  URI_TOO_LONG: { status: 414, title: 'The path is too long', userError: false },
  HEADERS_TOO_LARGE: { status: 431, title: 'The headers are too large', userError: false },
  REQUEST_TIMEOUT: { status: 408, title: 'The request came too slowly', userError: false },
  EXPECTATION_FAILED: { status: 417, title: 'The expectation can not be met', userError: false },
  CONFLICT: { status: 409, title: 'The request conflicts with the present state', userError: true },
  OPERATION_IN_PROGRESS: { status: 409, title: 'Another operation is active on the node', userError: true },
  OPERATION_FINISHED: { status: 409, title: 'The operation has already ended', userError: true },
  PLAN_CHANGED: { status: 409, title: 'The plan is not the one that was agreed on', userError: true },
  DRAIN_REFUSED: { status: 422, title: 'Pods on the node can not be drained with these options', userError: true },
  IDEMPOTENCY_KEY_REUSED: { status: 422, title: 'The idempotency key belongs to another request', userError: true },
  IDEMPOTENCY_KEY_IN_PROGRESS: { status: 409, title: 'The first request with this key is running', userError: true },
  PRECONDITION_REQUIRED: { status: 428, title: 'If-Match is required', userError: true },
  PRECONDITION_FAILED: { status: 412, title: 'The resource has changed', userError: true },
  RATE_LIMITED: { status: 429, title: 'Too many requests', userError: false },
  CLUSTER_UNAVAILABLE: { status: 503, title: 'The cluster can not be reached', userError: false, retryAfterSeconds: 5 },
  CLUSTER_FORBIDDEN: { status: 502, title: 'The cluster refused the service', userError: false },
  ADMISSION_DENIED: { status: 409, title: 'A policy of the cluster refused it', userError: true },
  KUBELET_UNAVAILABLE: { status: 503, title: 'The kubelet can not be reached', userError: false, retryAfterSeconds: 5 },
  KUBELET_FORBIDDEN: { status: 502, title: 'The kubelet refused the service', userError: false },
  KUBELET_FEATURE_DISABLED: { status: 501, title: 'The kubelet has this feature turned off', userError: true },
  KUBELET_REFUSED: { status: 422, title: 'The kubelet refused the request', userError: true },
  NOT_POSSIBLE_ON_NODE: { status: 422, title: 'The node has no kubelet that this could be done to', userError: true },
  CHANGE_STATE_CONFLICT: { status: 409, title: 'The change is not in a state that allows this', userError: true },
  CHANGE_STALE: { status: 409, title: 'The change no longer fits its targets', userError: true },
  REVIEW_NOT_ALLOWED: { status: 403, title: 'This person may not review the change', userError: true },
  APPROVAL_REQUIRED: { status: 409, title: 'Approval is required first', userError: true },
  FREEZE_WINDOW: { status: 409, title: 'A freeze window is in force', userError: true },
  CSR_UNSAFE: { status: 422, title: 'The certificate request is not safe to approve', userError: true },
  DATABASE_UNAVAILABLE: { status: 503, title: 'The database can not be used', userError: false, retryAfterSeconds: 2 },
  SERVICE_UNAVAILABLE: {
    status: 503,
    title: 'A part of the service is not available',
    userError: false,
    retryAfterSeconds: 5,
  },
  INTERNAL: { status: 500, title: 'Internal error', userError: false },
} as const satisfies Record<ErrorCode, ProblemKind>;

export function problemKind(code: ErrorCode): ProblemKind {
  return PROBLEMS[code];
}

/** Whole seconds after which the same request may succeed; undefined where trying again does not help. */
export function retryAfterOf({ code, details }: DomainError): number | undefined {
  const seconds = details.retryAfterSeconds ?? problemKind(code).retryAfterSeconds;
  return seconds === undefined ? undefined : Math.ceil(seconds);
}
