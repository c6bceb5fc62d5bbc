import type { ObjectStore } from '../store/object-store.js';
import { ControllerRuntime } from './controller-runtime.js';
import { DaemonSetController } from './daemon-set-controller.js';
import { DeploymentController } from './deployment-controller.js';
import { DisruptionController } from './disruption-controller.js';
import { EventRecorder } from './event-recorder.js';
import { GarbageCollector } from './garbage-collector.js';
import type { HostCommandRunner } from './host-command-runner.js';
import { JobController } from './job-controller.js';
import { KubeletPresence } from './kubelet-presence.js';
import { NodeHeartbeat } from './node-heartbeat.js';
import { NodeLifecycle } from './node-lifecycle.js';
import { PodIndex } from './pod-index.js';
import { PodLifecycle } from './pod-lifecycle.js';
import { ReplicaSetController } from './replica-set-controller.js';
import { Scheduler } from './scheduler.js';
import { StatefulSetController } from './stateful-set-controller.js';
import { VolumeBinder } from './volume-binder.js';

export interface ControllersOptions {
  timeScale?: number;
  leaseRenewMs?: number;
  nodeGracePeriodMs?: number;
  hostRunner?: HostCommandRunner;
  /** Objects to load before anything runs; they and what follows from them are settled when this returns. */
  load?: (store: ObjectStore) => void;
}

export interface RunningControllers {
  readonly runtime: ControllerRuntime;
  readonly presence: KubeletPresence;
  readonly events: EventRecorder;
  readonly lifecycle: PodLifecycle;
  stop(): void;
}

/** Starts every controller of the simulated control plane on a store. */
export function startControllers(store: ObjectStore, options: ControllersOptions = {}): RunningControllers {
  const runtime = new ControllerRuntime(store, { timeScale: options.timeScale });
  const presence = new KubeletPresence();
  const events = new EventRecorder(runtime);
  let lifecycle: PodLifecycle | undefined;
  runtime.bootstrap(() => {
    options.load?.(store);
    const pods = new PodIndex(runtime);
    new NodeHeartbeat(runtime, presence, events, { leaseRenewMs: options.leaseRenewMs });
    new NodeLifecycle(runtime, presence, events, { gracePeriodMs: options.nodeGracePeriodMs });
    new DaemonSetController(runtime, pods, events);
    new DeploymentController(runtime, events);
    new ReplicaSetController(runtime, pods, events);
    new StatefulSetController(runtime, pods, events);
    new JobController(runtime, pods, events);
    new Scheduler(runtime, pods, new VolumeBinder(runtime), events);
    lifecycle = new PodLifecycle(runtime, presence, events, options.hostRunner);
    new DisruptionController(runtime, events);
    new GarbageCollector(runtime, pods);
  });
  return { runtime, presence, events, lifecycle: lifecycle as PodLifecycle, stop: () => runtime.stop() };
}
