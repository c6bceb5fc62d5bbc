import type { OperationRecord } from '../engine/operation-record.js';
import type { KubeletPulse } from './kubelet-gateway.port.js';

/** What a restart has stored in the operation's result; a new holder goes on from it. Times are text. */
export interface RestartFacts {
  readonly job?: {
    readonly namespace: string;
    readonly name: string;
    /** Null until the cluster has confirmed that the Job exists. */
    readonly uid: string | null;
    readonly requestedAt: string;
    readonly intentId: string | null;
  };
  /** The Job has ended well. */
  readonly restart?: {
    /** By the node's clock. */
    readonly endedAt: string;
    /** By the service's clock. */
    readonly seenAt: string;
    readonly output: string | null;
  };
  readonly proof?: {
    readonly healthz: { readonly ok: boolean; readonly at: string };
    readonly lease: { readonly renewedAt: string; readonly restartEndedAt: string };
    readonly ready: { readonly changedAt: string | null; readonly steadySince: string; readonly stableSeconds: number };
  };
}

export const restartFactsOf = (operation: OperationRecord): RestartFacts => operation.result as RestartFacts;

/** Adds facts to those that the locked row has. */
export const withFacts = (facts: RestartFacts) => (operation: OperationRecord) => ({
  result: { ...operation.result, ...facts },
});

const iso = (time: Date | null) => time?.toISOString() ?? 'an unknown time';

/** The signs of life that the API server has of a kubelet, in words. */
export function pulseWords({ ready, readyReason, readyMessage, readyChangedAt, leaseRenewedAt }: KubeletPulse): string {
  const lease = leaseRenewedAt ? `its lease was last renewed at ${iso(leaseRenewedAt)}` : 'it has no lease';
  const why = [readyReason, readyMessage].filter(Boolean).join(': ');
  const state = { True: 'Ready', False: 'NotReady', Unknown: 'of unknown readiness' }[ready];
  return `${lease}; the node is ${state} since ${iso(readyChangedAt)}${why ? ` (${why})` : ''}`;
}
