import type { Pod } from './kube-types.js';

export interface HostCommandResult {
  exitCode: number;
  /** What the container wrote; `kubectl logs` shows it. */
  output?: string;
}

/**
 * Runs what a privileged pod with `hostPID` would do to its host. Called when such a pod's containers start; the pod
 * finishes when the promise settles, a rejection counting as exit code 1. Undefined means: not a command it knows,
 * the pod runs like any other.
 */
export abstract class HostCommandRunner {
  abstract run(pod: Pod, nodeName: string): Promise<HostCommandResult> | undefined;
}
