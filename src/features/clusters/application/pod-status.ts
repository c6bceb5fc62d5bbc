import type { ContainerStatus, Pod } from '../../../platform/kubernetes/kube-objects.js';

export interface PodStatusText {
  /** kubectl's STATUS column: `Running`, `CrashLoopBackOff`, `Init:1/2`, `Terminating` … */
  readonly status: string;
  readonly readyContainers: number;
  readonly totalContainers: number;
  readonly restarts: number;
}

/** What kubectl's pod table says, by the rules of its printer. */
export function podStatusText({ metadata, spec, status }: Pod): PodStatusText {
  const sidecars = (spec.initContainers ?? []).filter((container) => container.restartPolicy === 'Always');
  const sidecarNames = new Set(sidecars.map((container) => container.name));
  const inits = status.initContainerStatuses ?? [];
  const containers = status.containerStatuses ?? [];
  const readySidecars = inits.filter((init) => sidecarNames.has(init.name) && init.ready && init.started).length;
  const counts = {
    readyContainers:
      readySidecars + containers.filter((container) => container.ready && container.state?.running).length,
    totalContainers: spec.containers.length + sidecars.length,
  };
  const initializing = initStatus(inits, sidecarNames, spec.initContainers?.length ?? 0);
  const sidecarRestarts = sum(inits.filter((init) => sidecarNames.has(init.name)));
  const isScheduled = status.conditions?.some((c) => c.type === 'PodInitialized' && c.status === 'True');
  const restarts = initializing && !isScheduled ? sum(inits) : sidecarRestarts + sum(containers);
  let text = status.reason || status.phase || 'Unknown';
  if (initializing) text = initializing;
  else
    text =
      containerStatus(
        containers,
        status.conditions?.some((c) => c.type === 'Ready' && c.status === 'True'),
      ) ?? text;
  if (metadata.deletionTimestamp) {
    if (status.reason === 'NodeLost') text = 'Unknown';
    else if (status.phase !== 'Succeeded' && status.phase !== 'Failed') text = 'Terminating';
  }
  return { status: text, ...counts, restarts };
}

function initStatus(inits: readonly ContainerStatus[], sidecars: ReadonlySet<string>, total: number): string | null {
  for (const [index, { name, state, started }] of inits.entries()) {
    if (state?.terminated?.exitCode === 0) continue;
    if (sidecars.has(name) && started) continue;
    if (state?.terminated) {
      const { reason, signal, exitCode } = state.terminated;
      return `Init:${reason || (signal ? `Signal:${signal}` : `ExitCode:${exitCode}`)}`;
    }
    const waiting = state?.waiting?.reason;
    if (waiting && waiting !== 'PodInitializing') return `Init:${waiting}`;
    return `Init:${index}/${total}`;
  }
  return null;
}

function containerStatus(containers: readonly ContainerStatus[], ready = false): string | undefined {
  let text: string | undefined;
  let hasRunning = false;
  for (const { state, ready: isReady } of [...containers].reverse()) {
    const { waiting, terminated, running } = state ?? {};
    if (waiting?.reason) text = waiting.reason;
    else if (terminated) {
      text =
        terminated.reason || (terminated.signal ? `Signal:${terminated.signal}` : `ExitCode:${terminated.exitCode}`);
    } else if (isReady && running) hasRunning = true;
  }
  if (text === 'Completed' && hasRunning) return ready ? 'Running' : 'NotReady';
  return text;
}

const sum = (statuses: readonly ContainerStatus[]): number =>
  statuses.reduce((total, { restartCount = 0 }) => total + restartCount, 0);
