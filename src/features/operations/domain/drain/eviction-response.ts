/** The parts of an API answer that tell one outcome from another; KubernetesApiError has them all. */
export interface EvictionAnswer {
  /** HTTP status; 0 when no answer came (connection refused, cut, timed out). */
  readonly status: number;
  readonly reason: string;
  readonly message: string;
  readonly causes: readonly { readonly reason?: string; readonly message?: string }[];
  readonly retryAfterSeconds?: number | undefined;
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
  /** The server's fault or no answer: whether the eviction took place is unknown, and the UID makes a retry safe. */
  | { readonly kind: 'UNAVAILABLE'; readonly message: string }
  | { readonly kind: 'REFUSED'; readonly code: EvictionRefusal; readonly message: string };

export type EvictionRefusal = 'MULTIPLE_BUDGETS' | 'FORBIDDEN' | 'CONFLICT' | 'INVALID' | 'UNEXPECTED';

const NEEDS = /^The disruption budget (\S+) needs (\d+) healthy pods and has (\d+) currently/;
const STILL_PROCESSED = /^The disruption budget (\S+) is still being processed/;
const MULTIPLE = /more than one PodDisruptionBudget/;
const UID_MISMATCH = /UID in precondition/;
const DEFAULT_THROTTLE_SECONDS = 1;

export function classifyEviction(answer: EvictionAnswer): EvictionVerdict {
  const { status, message } = answer;
  if (status >= 200 && status < 300) return { kind: 'ACCEPTED' };
  if (status === 404) return { kind: 'GONE' };
  if (status === 429) return classifyTooManyRequests(answer);
  if (status === 403) {
    const terminating = answer.causes.some((cause) => cause.reason === 'NamespaceTerminating');
    return terminating ? { kind: 'NAMESPACE_TERMINATING', message } : { kind: 'REFUSED', code: 'FORBIDDEN', message };
  }
  if (status === 409) {
    return UID_MISMATCH.test(message) ? { kind: 'REPLACED' } : { kind: 'REFUSED', code: 'CONFLICT', message };
  }
  if (status === 500 && MULTIPLE.test(message)) return { kind: 'REFUSED', code: 'MULTIPLE_BUDGETS', message };
  if (status === 0 || status === 408 || status >= 500) return { kind: 'UNAVAILABLE', message };
  if (status === 400 || status === 422) return { kind: 'REFUSED', code: 'INVALID', message };
  return { kind: 'REFUSED', code: 'UNEXPECTED', message };
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
