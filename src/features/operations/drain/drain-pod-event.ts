import type { EvictionVerdict } from './eviction-response.js';

/** What happens to one pod of a drain. */
export type DrainPodEvent =
  /** The request is about to leave: recorded first, so that a crash leaves a trace of it. */
  | { readonly type: 'SENT' }
  | { readonly type: 'ANSWERED'; readonly verdict: EvictionVerdict }
  /** The watch or a read shows the pod as it is. */
  | { readonly type: 'OBSERVED'; readonly observation: PodObservation }
  /** Its budget has nothing to give: it waits without a request. */
  | { readonly type: 'BUDGET_CLOSED'; readonly budget: string; readonly message: string }
  | { readonly type: 'BUDGET_OPENED' }
  /** The budget had its time: from here on the pod is deleted. */
  | { readonly type: 'ESCALATED' }
  /** It has been terminating for longer than the request wanted to wait. */
  | { readonly type: 'OVERDUE'; readonly message: string }
  /** The node is not in the cluster any more, and its pods with it. */
  | { readonly type: 'NODE_GONE' }
  /** Found PRESENT by another claim: nobody waits for the answer of what was sent, if it was sent. */
  | { readonly type: 'RESUMED' }
  /** The drain ends, no answer came to what was sent, and looking did not show that it had an effect. */
  | { readonly type: 'UNANSWERED' };

export type PodObservation =
  | { readonly kind: 'ABSENT' }
  | { readonly kind: 'REPLACED'; readonly uid: string }
  | { readonly kind: 'TERMINATING' }
  | { readonly kind: 'PRESENT' };
