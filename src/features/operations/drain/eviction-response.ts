import { admissionAnswer } from '../../../kernel/admission-answer.js';

/** The parts of an API answer that tell one outcome from another; KubernetesApiError has them all. */
export interface EvictionAnswer {
  /** HTTP status; 0 when no answer came (connection refused, cut, timed out). */
  readonly status: number;
  readonly reason: string;
  readonly message: string;
  readonly causes: readonly { readonly reason?: string; readonly message?: string }[];
  readonly retryAfterSeconds?: number | undefined;
  /** False when something in front of the API server answered in its place. */
  readonly isStatus?: boolean;
  /** True when it is certain that the request never left. */
  readonly isUnsent?: boolean;
}

export type EvictionVerdict =
  | { readonly kind: 'ACCEPTED' }
  /** The pod is not there any more. */
  | { readonly kind: 'GONE' }
  /** Another pod has the name now; ours is gone. */
  | { readonly kind: 'REPLACED' }
  | {
      readonly kind: 'BUDGET_DENIED';
      readonly budget: string | null;
      readonly needed: number | null;
      readonly healthy: number | null;
      /** The budget's status is older than its spec: worth a retry after this time, even if nothing changes. */
      readonly retryAfterSeconds: number | null;
      readonly message: string;
    }
  /** API priority and fairness, or another limit in front of the API server: says nothing about the pod. */
  | { readonly kind: 'THROTTLED'; readonly retryAfterSeconds: number }
  | { readonly kind: 'NAMESPACE_TERMINATING'; readonly message: string }
  /** A webhook or policy has decided against it, for now: nobody but them knows for how long. */
  | { readonly kind: 'ADMISSION_DENIED'; readonly retryAfterSeconds: number | null; readonly message: string }
  /**
   * The server's fault or no answer: whether the eviction took place is unknown, and the UID makes a retry safe. Where nobody
   * answered for the cluster, that says nothing about the pod either. In doubt: what was sent may have its effect all the same.
   */
  | {
      readonly kind: 'UNAVAILABLE';
      readonly message: string;
      readonly isUnanswered?: true;
      readonly isInDoubt?: true;
    }
  | { readonly kind: 'REFUSED'; readonly code: EvictionRefusal; readonly message: string };

export type EvictionRefusal =
  | 'MULTIPLE_BUDGETS'
  | 'FORBIDDEN'
  | 'ADMISSION_DENIED'
  | 'CONFLICT'
  | 'INVALID'
  | 'UNEXPECTED';

const NEEDS = /^The disruption budget (\S+) needs (\d+) healthy pods and has (\d+) currently/;
const STILL_PROCESSED = /^The disruption budget (\S+) is still being processed/;
const MULTIPLE = /more than one PodDisruptionBudget/;
const MISSING_RIGHT = /\bcannot \S+ resource\b/;
const BUDGET_ITSELF = /^poddisruptionbudget/;
const UID_MISMATCH = /UID in (?:the )?precondition/;
const DEFAULT_THROTTLE_SECONDS = 1;
const IN_DOUBT = { isInDoubt: true } as const;

export function classifyEviction(answer: EvictionAnswer): EvictionVerdict {
  const { status, message } = answer;
  if (status >= 200 && status < 300) return { kind: 'ACCEPTED' };
  if (status === 0 || isGatewayAnswer(answer)) {
    return { kind: 'UNAVAILABLE', message, isUnanswered: true, ...(answer.isUnsent ? {} : IN_DOUBT) };
  }
  if (status === 403 && answer.causes.some((cause) => cause.reason === 'NamespaceTerminating')) {
    return { kind: 'NAMESPACE_TERMINATING', message };
  }
  // Before the status is looked at: a webhook chooses it freely.
  const admission = admissionAnswer(message);
  if (admission === 'FAILED') return { kind: 'UNAVAILABLE', message };
  if (admission === 'DENIED') {
    return { kind: 'ADMISSION_DENIED', retryAfterSeconds: positive(answer.retryAfterSeconds), message };
  }
  if (status === 404) return { kind: 'GONE' };
  if (status === 429) return classifyTooManyRequests(answer);
  if (status === 409 && UID_MISMATCH.test(message)) return { kind: 'REPLACED' };
  // 401: credentials are renewed meanwhile; like a failing server it says nothing of the pod.
  if (status === 401) return { kind: 'UNAVAILABLE', message };
  // What the server gave up half way may be stored: a timeout of etcd's, a deadline.
  if (status === 408 || (status >= 500 && !MULTIPLE.test(message))) {
    return { kind: 'UNAVAILABLE', message, ...(answer.isUnsent ? {} : IN_DOUBT) };
  }
  return { kind: 'REFUSED', code: refusalOf(answer), message };
}

/** A load balancer whose API server is away. (Throttling and panics of the API server itself are plain text too.) */
const isGatewayAnswer = ({ status, isStatus }: EvictionAnswer): boolean =>
  isStatus === false && (status === 404 || (status >= 502 && status <= 504));

function refusalOf({ status, message }: EvictionAnswer): EvictionRefusal {
  switch (status) {
    case 500:
      return 'MULTIPLE_BUDGETS';
    case 403:
      if (MISSING_RIGHT.test(message)) return 'FORBIDDEN';
      return BUDGET_ITSELF.test(message) ? 'INVALID' : 'ADMISSION_DENIED';
    case 422:
      return 'ADMISSION_DENIED';
    case 409:
      return 'CONFLICT';
    case 400:
      return 'INVALID';
    default:
      return 'UNEXPECTED';
  }
}

/** Both come as 429. Only the eviction handler names the cause; only throttling always says when to come back. */
function classifyTooManyRequests(answer: EvictionAnswer): EvictionVerdict {
  const cause = answer.causes.find((candidate) => candidate.reason === 'DisruptionBudget');
  if (!cause) {
    return { kind: 'THROTTLED', retryAfterSeconds: positive(answer.retryAfterSeconds) ?? DEFAULT_THROTTLE_SECONDS };
  }
  const text = cause.message ?? '';
  const needs = NEEDS.exec(text);
  const processed = STILL_PROCESSED.exec(text);
  return {
    kind: 'BUDGET_DENIED',
    budget: needs?.[1] ?? processed?.[1] ?? null,
    needed: needs ? Number(needs[2]) : null,
    healthy: needs ? Number(needs[3]) : null,
    retryAfterSeconds: positive(answer.retryAfterSeconds),
    message: text || answer.message,
  };
}

const positive = (seconds: number | undefined): number | null => (seconds && seconds > 0 ? seconds : null);
