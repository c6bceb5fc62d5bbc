import { contentHash } from '../../../kernel/content-hash.js';

export interface ResolvedTarget {
  cluster: string;
  node: string;
  /** Tells a node from one of the same name that replaced it. */
  uid?: string;
  /** Hash of the state the change was made for, where there is one: the live kubelet config, the drain plan. */
  baseHash?: string;
}

/** What a review binds to. Anything else about a change (its reason, its title) may be edited without asking again. */
export interface ApprovalContent {
  spec: unknown;
  targets: readonly ResolvedTarget[];
  policyId: string;
  policyVersion: number;
}

/** The order in which targets were resolved means nothing. */
export function approvalContentHash({ spec, targets, policyId, policyVersion }: ApprovalContent): string {
  const ordered = targets
    .map(({ cluster, node, uid, baseHash }) => ({ cluster, node, uid: uid ?? null, baseHash: baseHash ?? null }))
    .sort((a, b) => (`${a.cluster}/${a.node}` < `${b.cluster}/${b.node}` ? -1 : 1));
  return contentHash({ spec, targets: ordered, policyId, policyVersion });
}
