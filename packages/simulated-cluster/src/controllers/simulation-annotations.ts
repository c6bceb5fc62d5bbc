import type { Pod } from './kube-types.js';

const PREFIX = 'simulation.node-steward.dev/';

/** How a pod behaves in the simulation, read from its annotations. */
export interface PodBehaviour {
  startSeconds: number;
  readinessSeconds: number;
  terminationSeconds: number;
  /** Reason shown for a container that never becomes ready, `ImagePullBackOff` by default. */
  neverReady?: string;
  neverTerminates: boolean;
  crashLoop: boolean;
  /** Only for pods that run to completion. */
  runSeconds: number;
  exitCode: number;
}

export const SIMULATION_DEFAULTS = { startSeconds: 0.3, readinessSeconds: 1, terminationSeconds: 0.8, runSeconds: 3 };

/**
 * Annotations under `simulation.node-steward.dev/`: start-seconds, readiness-seconds, termination-seconds, never-ready
 * (`true` or a reason), never-terminates, crash-loop, run-seconds, exit-code. Log volume has its own, in the kubelet part.
 */
export function behaviourOf(pod: Pod): PodBehaviour {
  const read = (name: string): string | undefined => pod.metadata.annotations?.[PREFIX + name];
  const seconds = (name: string, fallback: number): number => {
    const value = Number(read(name) ?? Number.NaN);
    return Number.isFinite(value) && value >= 0 ? value : fallback;
  };
  const neverReady = read('never-ready');
  return {
    startSeconds: seconds('start-seconds', SIMULATION_DEFAULTS.startSeconds),
    readinessSeconds: seconds('readiness-seconds', SIMULATION_DEFAULTS.readinessSeconds),
    terminationSeconds: seconds('termination-seconds', SIMULATION_DEFAULTS.terminationSeconds),
    runSeconds: seconds('run-seconds', SIMULATION_DEFAULTS.runSeconds),
    exitCode: seconds('exit-code', 0),
    neverTerminates: read('never-terminates') === 'true',
    crashLoop: read('crash-loop') === 'true',
    ...(neverReady && neverReady !== 'false'
      ? { neverReady: neverReady === 'true' ? 'ImagePullBackOff' : neverReady }
      : {}),
  };
}
