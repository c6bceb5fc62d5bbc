import type { Node, Pod } from '../controllers/kube-types.js';
import type { SimulatedHost } from '../host/simulated-host.js';
import type { Journal } from './journal.js';

/** What the endpoints of one kubelet read. */
export interface KubeletContext {
  readonly nodeName: string;
  readonly host: SimulatedHost;
  readonly journal: Journal;
  node(): Node | undefined;
  pods(): Pod[];
  /** What a host command wrote, for the log of its pod. */
  hostOutputOf(uid: string): string | undefined;
  podIsGone(pod: Pod): boolean;
  /** When the serving certificate ends. */
  certificateExpiresAt: Date;
  /** Overrides the configuration, for faults: log queries switched off behind everybody's back. */
  logQueryOff: boolean;
  /** Stands in for what journalctl or Get-WinEvent would write. */
  logAnswer?: string;
  now(): number;
}
