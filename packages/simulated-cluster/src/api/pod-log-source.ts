import type { ServerResponse } from 'node:http';
import type { KubeObject } from '../store/kube-object.js';

/** Where `pods/log` comes from when the node of a pod has no simulated kubelet to forward to. */
export abstract class PodLogSource {
  /**
   * Writes the whole answer, headers included, and ends it; with `follow` it goes on until the client leaves. `query` holds
   * what the client sent: container, follow, previous, tailLines, sinceSeconds, sinceTime, timestamps, limitBytes.
   */
  abstract writeLogs(
    pod: KubeObject,
    container: string,
    query: URLSearchParams,
    response: ServerResponse,
  ): Promise<void>;
}
