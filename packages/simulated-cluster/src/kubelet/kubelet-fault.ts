/** Misbehaviour of one kubelet's HTTP server, for tests. */
export interface KubeletFault {
  /** `no-certificate`: as a kubelet whose serving certificate is not signed yet, for every connection. */
  kind: 'hang' | 'error' | 'garbage' | 'drop' | 'slow' | 'no-certificate';
  /** Only paths that begin so. */
  pathPrefix?: string;
  /** For `error`, 500 by default. */
  status?: number;
  /** For `slow`: before the answer begins. */
  delayMs?: number;
  /** For `drop`: the connection is cut after so many bytes of the answer; 0 cuts before the answer. */
  afterBytes?: number;
  /** How many requests it strikes before it is gone; without end if absent. */
  remaining?: number;
}

export const GARBAGE = '\u0000\u0001{"kubeletconfig": <html><body>not what you asked for';
