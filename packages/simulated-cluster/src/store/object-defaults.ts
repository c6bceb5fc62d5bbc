import type { Json } from './kube-object.js';

type Defaulter = (object: Json) => Json;

/** Fields that the real API server fills in and that clients rely on. Cheap where they are present already. */
export function withDefaults(kind: string, object: Json): Json {
  const defaulter = DEFAULTERS[kind];
  return defaulter ? defaulter(object) : object;
}

const workload =
  (spec: Json, status: Json = {}): Defaulter =>
  (object) => ({ ...object, spec: { ...spec, ...object.spec }, status: object.status ?? status });

const NODE_STATUS = { capacity: {}, allocatable: {}, conditions: [], addresses: [], nodeInfo: {} };

/** Null is absent, as for Go. */
const present = (fields: Json): Json =>
  Object.fromEntries(Object.entries(fields ?? {}).filter(([, value]) => value !== null));

const DEFAULTERS: Readonly<Record<string, Defaulter>> = {
  Pod: podDefaults,
  Node: (object) => ({
    ...object,
    spec: object.spec ?? {},
    // The scheduler and the heartbeat rely on these maps, also for a node that somebody made by hand.
    status: { ...NODE_STATUS, ...present(object.status) },
  }),
  Namespace: (object) => ({
    ...object,
    metadata: {
      ...object.metadata,
      labels: { 'kubernetes.io/metadata.name': object.metadata.name, ...object.metadata.labels },
    },
    spec: object.spec ?? { finalizers: ['kubernetes'] },
    status: object.status ?? { phase: 'Active' },
  }),
  Deployment: workload({ replicas: 1, revisionHistoryLimit: 10, progressDeadlineSeconds: 600 }),
  ReplicaSet: workload({ replicas: 1 }, { replicas: 0 }),
  ReplicationController: workload({ replicas: 1 }, { replicas: 0 }),
  StatefulSet: workload(
    { replicas: 1, podManagementPolicy: 'OrderedReady', revisionHistoryLimit: 10 },
    { replicas: 0 },
  ),
  DaemonSet: workload(
    { revisionHistoryLimit: 10 },
    { currentNumberScheduled: 0, numberMisscheduled: 0, desiredNumberScheduled: 0, numberReady: 0 },
  ),
  Job: workload({ parallelism: 1, completions: 1, backoffLimit: 6 }),
  // The budget allows nothing until its controller has looked at it.
  PodDisruptionBudget: workload({}, { disruptionsAllowed: 0, currentHealthy: 0, desiredHealthy: 0, expectedPods: 0 }),
  CertificateSigningRequest: (object) => ({ ...object, status: object.status ?? {} }),
  PersistentVolumeClaim: (object) => ({ ...object, status: object.status ?? { phase: 'Pending' } }),
  PersistentVolume: (object) => ({ ...object, status: object.status ?? { phase: 'Available' } }),
  VolumeAttachment: (object) => ({ ...object, status: object.status ?? { attached: false } }),
};

function podDefaults(pod: Json): Json {
  const spec = pod.spec ?? {};
  const complete = spec.terminationGracePeriodSeconds !== undefined && spec.schedulerName && spec.tolerations;
  return {
    ...pod,
    spec: complete ? spec : podSpecDefaults(spec),
    status: pod.status?.phase ? pod.status : { phase: 'Pending', qosClass: qosClass(spec), ...pod.status },
  };
}

function podSpecDefaults(spec: Json): Json {
  return {
    restartPolicy: 'Always',
    terminationGracePeriodSeconds: 30,
    dnsPolicy: 'ClusterFirst',
    schedulerName: 'default-scheduler',
    serviceAccountName: 'default',
    enableServiceLinks: true,
    securityContext: {},
    ...present(spec),
    containers: (spec.containers ?? []).map(containerDefaults),
    initContainers: spec.initContainers?.map(containerDefaults),
    tolerations: withNodeTolerations(spec.tolerations ?? []),
  };
}

function containerDefaults(container: Json): Json {
  return {
    imagePullPolicy: 'IfNotPresent',
    resources: {},
    terminationMessagePath: '/dev/termination-log',
    terminationMessagePolicy: 'File',
    ...container,
    ports: container.ports?.map((port: Json) => ({ protocol: 'TCP', ...port })),
  };
}

/** The two tolerations that the DefaultTolerationSeconds admission plugin adds. */
function withNodeTolerations(tolerations: readonly Json[]): readonly Json[] {
  const missing = ['node.kubernetes.io/not-ready', 'node.kubernetes.io/unreachable'].filter(
    (key) =>
      !tolerations.some((item) => (!item.key || item.key === key) && (!item.effect || item.effect === 'NoExecute')),
  );
  if (missing.length === 0) return tolerations;
  const added = missing.map((key) => ({ key, operator: 'Exists', effect: 'NoExecute', tolerationSeconds: 300 }));
  return [...tolerations, ...added];
}

function qosClass(spec: Json): string {
  const containers: Json[] = [...(spec.containers ?? []), ...(spec.initContainers ?? [])];
  const resources = containers.map((container) => container.resources ?? {});
  if (spec.resources) resources.push(spec.resources);
  if (resources.every((item) => !item.requests && !item.limits)) return 'BestEffort';
  const guaranteed = resources.every(({ requests, limits }) =>
    ['cpu', 'memory'].every((name) => limits?.[name] && (requests?.[name] ?? limits[name]) === limits[name]),
  );
  return guaranteed ? 'Guaranteed' : 'Burstable';
}
