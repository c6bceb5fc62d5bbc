import type { Condition, Container, ContainerState, ContainerStatus, Node, Pod, PodStatus } from './kube-types.js';
import { conditionOf, withCondition } from './pod-state.js';
import { stableHash } from './stable-hash.js';

const hex64 = (text: string): string =>
  [0, 1, 2, 3, 4, 5, 6, 7].map((part) => stableHash(`${part}/${text}`).toString(16).padStart(8, '0')).join('');

function containerStatus(pod: Pod, container: Container, state: ContainerState, ready: boolean): ContainerStatus {
  const before = [...(pod.status.containerStatuses ?? []), ...(pod.status.initContainerStatuses ?? [])].find(
    (status) => status.name === container.name,
  );
  const started = state.running !== undefined || state.terminated !== undefined;
  return {
    name: container.name,
    image: container.image,
    imageID: started ? `${container.image.replace(/:[^:/]*$/, '')}@sha256:${hex64(container.image)}` : '',
    ...(started ? { containerID: `containerd://${hex64(`${pod.metadata.uid}/${container.name}`)}` } : {}),
    ready,
    started: ready || state.running !== undefined,
    restartCount: before?.restartCount ?? 0,
    state,
    lastState: before?.lastState ?? {},
  };
}

/** The address a pod gets in its node's network; host network pods use the node's. */
function podAddress(pod: Pod, node: Node | undefined): string {
  if (pod.spec.hostNetwork) return '127.0.0.1';
  const base = (node?.spec.podCIDR ?? '10.244.0.0/24').split('.').slice(0, 3).join('.');
  return `${base}.${2 + (stableHash(pod.metadata.uid ?? pod.metadata.name) % 250)}`;
}

function addresses(pod: Pod, node: Node | undefined): Partial<PodStatus> {
  const podIP = podAddress(pod, node);
  const hostIP = node?.status.addresses.find((address) => address.type === 'InternalIP')?.address ?? '127.0.0.1';
  return { hostIP, hostIPs: [{ ip: hostIP }], podIP, podIPs: [{ ip: podIP }] };
}

function conditions(pod: Pod, flags: Record<string, [boolean, string?, string?]>, now: string): Condition[] {
  let result: Condition[] = pod.status.conditions ?? [];
  for (const [type, [status, reason, message]] of Object.entries(flags)) {
    result = withCondition(
      result,
      {
        type,
        status: status ? 'True' : 'False',
        lastProbeTime: null,
        ...(reason ? { reason } : {}),
        ...(message ? { message } : {}),
      },
      now,
    );
  }
  return conditionOf(result, 'PodScheduled')
    ? result
    : withCondition(result, { type: 'PodScheduled', status: 'True', lastProbeTime: null }, now);
}

const names = (pod: Pod): string => pod.spec.containers.map((container) => container.name).join(' ');

const isSidecar = (container: Container): boolean => container.restartPolicy === 'Always';

/** A pod whose containers could not start: pulling, failing to pull, or crashing. */
export function waitingStatus(pod: Pod, node: Node | undefined, reason: string, now: string): PodStatus {
  const message = MESSAGES[reason]?.(pod.spec.containers[0]?.image ?? '');
  const state = { waiting: { reason, ...(message ? { message } : {}) } };
  const crashing = reason === 'CrashLoopBackOff';
  const notReady: [boolean, string, string] = [
    false,
    'ContainersNotReady',
    `containers with unready status: [${names(pod)}]`,
  ];
  return {
    ...pod.status,
    ...addresses(pod, node),
    phase: crashing ? 'Running' : 'Pending',
    startTime: pod.status.startTime ?? now,
    conditions: conditions(
      pod,
      {
        PodReadyToStartContainers: [true],
        Initialized: [true],
        Ready: notReady,
        ContainersReady: notReady,
      },
      now,
    ),
    containerStatuses: pod.spec.containers.map((container) => containerStatus(pod, container, state, false)),
  };
}

const MESSAGES: Record<string, (image: string) => string> = {
  ImagePullBackOff: (image) => `Back-off pulling image "${image}": ErrImagePull: not found`,
  CrashLoopBackOff: () => 'back-off 5m0s restarting failed container=app',
};

export function runningStatus(pod: Pod, node: Node | undefined, ready: boolean, now: string): PodStatus {
  const startedAt = (container: Container) =>
    [...(pod.status.containerStatuses ?? []), ...(pod.status.initContainerStatuses ?? [])].find(
      (status) => status.name === container.name,
    )?.state.running?.startedAt ?? now;
  const running = (container: Container) =>
    containerStatus(pod, container, { running: { startedAt: startedAt(container) } }, ready);
  const init = pod.spec.initContainers?.map((container) =>
    isSidecar(container)
      ? { ...running(container), ready: true, started: true }
      : containerStatus(
          pod,
          container,
          { terminated: { exitCode: 0, reason: 'Completed', startedAt: now, finishedAt: now } },
          true,
        ),
  );
  const readiness: [boolean, string?, string?] = ready
    ? [true]
    : [false, 'ContainersNotReady', `containers with unready status: [${names(pod)}]`];
  return {
    ...pod.status,
    ...addresses(pod, node),
    phase: 'Running',
    startTime: pod.status.startTime ?? now,
    conditions: conditions(
      pod,
      { PodReadyToStartContainers: [true], Initialized: [true], Ready: readiness, ContainersReady: readiness },
      now,
    ),
    containerStatuses: pod.spec.containers.map(running),
    ...(init ? { initContainerStatuses: init } : {}),
  };
}

export function finishedStatus(pod: Pod, exitCode: number, now: string, output?: string): PodStatus {
  const failed = exitCode !== 0;
  const reason = failed ? 'PodFailed' : 'PodCompleted';
  return {
    ...pod.status,
    phase: failed ? 'Failed' : 'Succeeded',
    conditions: conditions(
      pod,
      {
        PodReadyToStartContainers: [false],
        Initialized: [true, failed ? undefined : reason],
        Ready: [false, reason],
        ContainersReady: [false, reason],
      },
      now,
    ),
    containerStatuses: pod.spec.containers.map((container) => {
      const startedAt = pod.status.startTime ?? now;
      const told = failed && output && container.terminationMessagePolicy === 'FallbackToLogsOnError';
      const message = told ? { message: output.slice(-2048) } : {};
      const terminated = { exitCode, reason: failed ? 'Error' : 'Completed', startedAt, finishedAt: now, ...message };
      return containerStatus(pod, container, { terminated }, false);
    }),
  };
}
