import type { Permit } from '../../../kernel/permit.js';

/** What the API server knows of a kubelet's life. */
export interface KubeletPulse {
  /** The condition Ready. */
  readonly ready: 'True' | 'False' | 'Unknown';
  readonly readyReason: string | null;
  readonly readyMessage: string | null;
  readonly readyChangedAt: Date | null;
  /** By the node's clock. */
  readonly leaseRenewedAt: Date | null;
}

/** One node's kubelet. @throws DomainError KUBELET_UNAVAILABLE, KUBELET_FORBIDDEN, KUBELET_REFUSED … */
export abstract class KubeletGateway {
  abstract pulse(cluster: string, node: string, signal?: AbortSignal): Promise<KubeletPulse>;

  /** Health checks that fail; empty when all pass. */
  abstract failingChecks(cluster: string, node: string, signal?: AbortSignal): Promise<string[]>;

  /** Holds until the kubelet restarts. */
  abstract setVerbosity(
    cluster: string,
    node: string,
    level: number,
    permit: Permit,
    signal?: AbortSignal,
  ): Promise<void>;

  /** The level that the kubelet starts with; null where it can't be found out. */
  abstract configuredVerbosity(cluster: string, node: string, signal?: AbortSignal): Promise<number | null>;

  /** When the kubelet's process began; null where it can't be found out. */
  abstract startedAt(cluster: string, node: string, signal?: AbortSignal): Promise<Date | null>;
}
