/**
 * Every failure a caller can be told about has one of these codes. Transports map them in one exhaustive table
 * (platform/api/problem-table.ts); adding a code without a mapping does not compile.
 */
export type ErrorCode =
  | 'UNAUTHENTICATED'
  | 'FORBIDDEN'
  | 'NOT_FOUND'
  | 'CLUSTER_NOT_FOUND'
  | 'NODE_NOT_FOUND'
  | 'VALIDATION_FAILED'
  | 'PAYLOAD_TOO_LARGE'
  | 'UNSUPPORTED_MEDIA_TYPE'
  | 'METHOD_NOT_ALLOWED'
  | 'URI_TOO_LONG'
  | 'HEADERS_TOO_LARGE'
  | 'REQUEST_TIMEOUT'
  | 'EXPECTATION_FAILED'
  | 'CONFLICT'
  | 'OPERATION_IN_PROGRESS'
  | 'OPERATION_FINISHED'
  | 'PLAN_CHANGED'
  | 'DRAIN_REFUSED'
  | 'IDEMPOTENCY_KEY_REUSED'
  | 'IDEMPOTENCY_KEY_IN_PROGRESS'
  | 'PRECONDITION_REQUIRED'
  | 'PRECONDITION_FAILED'
  | 'RATE_LIMITED'
  | 'CLUSTER_UNAVAILABLE'
  | 'CLUSTER_FORBIDDEN'
  | 'ADMISSION_DENIED'
  | 'KUBELET_UNAVAILABLE'
  | 'KUBELET_FORBIDDEN'
  | 'KUBELET_FEATURE_DISABLED'
  | 'KUBELET_REFUSED'
  | 'NOT_POSSIBLE_ON_NODE'
  | 'CHANGE_STATE_CONFLICT'
  | 'CHANGE_STALE'
  | 'REVIEW_NOT_ALLOWED'
  | 'APPROVAL_REQUIRED'
  | 'FREEZE_WINDOW'
  | 'CSR_UNSAFE'
  | 'DATABASE_UNAVAILABLE'
  | 'SERVICE_UNAVAILABLE'
  | 'INTERNAL';

/** One violation inside the caller's input. `pointer` is an RFC 6901 JSON pointer into the body, or `?name` for a query parameter. */
export interface InputViolation {
  pointer: string;
  code: string;
  message: string;
}

export interface DomainErrorDetails {
  violations?: InputViolation[];
  /** Members added as they are to the problem document and to GraphQL `extensions`. JSON only, no secrets. */
  extensions?: Record<string, unknown>;
  /** Seconds after which the same request may succeed. */
  retryAfterSeconds?: number;
  cause?: unknown;
}

/** The only error type that use cases throw on purpose; `message` is shown to callers, so it never holds secrets or upstream bodies. */
export class DomainError extends Error {
  override readonly name = 'DomainError';

  constructor(
    readonly code: ErrorCode,
    message: string,
    readonly details: DomainErrorDetails = {},
  ) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause });
  }
}
