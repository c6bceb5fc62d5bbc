import type { StatefulSet, TypedObject } from '../controllers/kube-types.js';
import { container, deployment, podDisruptionBudget, statefulSet } from './manifests.js';

const GENERAL = { nodeSelector: { pool: 'general' } };
const LONG_LIVED = { nodeSelector: { lifecycle: 'long-lived' } };

const claim = (size: string): StatefulSet['spec']['volumeClaimTemplates'] => [
  {
    metadata: { name: 'data' },
    spec: {
      accessModes: ['ReadWriteOnce'],
      storageClassName: 'standard',
      volumeMode: 'Filesystem',
      resources: { requests: { storage: size } },
    },
  },
];

/** Budgets of every temper: one that allows, one at a time, never, two on one pod. */
function payments(): TypedObject[] {
  const namespace = 'payments';
  return [
    deployment({ name: 'api', namespace, replicas: 6, cpu: '250m', memory: '256Mi', spec: { ...GENERAL, ...HIGH } }),
    podDisruptionBudget('api', namespace, { app: 'api' }, { minAvailable: '50%' }),
    statefulSet({
      name: 'ledger',
      namespace,
      replicas: 3,
      cpu: '300m',
      memory: '512Mi',
      claims: claim('20Gi'),
      spec: GENERAL,
    }),
    podDisruptionBudget('ledger', namespace, { app: 'ledger' }, { maxUnavailable: 1 }),
    deployment({
      name: 'gateway',
      namespace,
      replicas: 1,
      cpu: '200m',
      memory: '128Mi',
      spec: { ...LONG_LIVED, ...HIGH },
    }),
    podDisruptionBudget('gateway', namespace, { app: 'gateway' }, { minAvailable: 1 }),
    deployment({ name: 'reconciler', namespace, replicas: 2, cpu: '100m', memory: '128Mi', spec: LONG_LIVED }),
    podDisruptionBudget('reconciler', namespace, { app: 'reconciler' }, { maxUnavailable: 1 }),
    podDisruptionBudget('all-of-payments', namespace, { app: 'reconciler' }, { minAvailable: 1 }),
  ];
}

const HIGH = { priorityClassName: 'business-critical', priority: 100_000 };

/** Sidecars, caches on disk and in memory, an image that cannot be pulled. */
function web(): TypedObject[] {
  const namespace = 'web';
  const proxy = { ...container('proxy', 'registry.example/mesh-proxy:1.27.0', '50m', '64Mi'), restartPolicy: 'Always' };
  const migrate = container('migrate', 'registry.example/migrate:2.0.1', '500m', '128Mi');
  return [
    deployment({
      name: 'frontend',
      namespace,
      replicas: 10,
      cpu: '150m',
      memory: '192Mi',
      spec: { ...GENERAL, initContainers: [migrate, proxy] },
    }),
    podDisruptionBudget('frontend', namespace, { app: 'frontend' }, { maxUnavailable: '25%' }),
    deployment({
      name: 'cache',
      namespace,
      replicas: 4,
      cpu: '100m',
      memory: '512Mi',
      volumes: [{ name: 'shm', emptyDir: { medium: 'Memory', sizeLimit: '256Mi' } }],
      spec: GENERAL,
    }),
    deployment({
      name: 'assets',
      namespace,
      replicas: 6,
      cpu: '50m',
      memory: '96Mi',
      volumes: [{ name: 'work', emptyDir: {} }],
      spec: GENERAL,
    }),
    statefulSet({ name: 'sessions', namespace, replicas: 3, cpu: '100m', memory: '256Mi', spec: GENERAL }),
    podDisruptionBudget('sessions', namespace, { app: 'sessions' }, { minAvailable: 2 }),
    deployment({
      name: 'report-renderer',
      namespace,
      replicas: 1,
      cpu: '100m',
      memory: '128Mi',
      annotations: { 'simulation.node-steward.dev/never-ready': 'ImagePullBackOff' },
      spec: LONG_LIVED,
    }),
  ];
}

/** Volumes bound to zones, pod-level resources, runtime overhead. */
function data(): TypedObject[] {
  const namespace = 'data';
  return [
    statefulSet({
      name: 'postgres',
      namespace,
      replicas: 3,
      cpu: '500m',
      memory: '2Gi',
      claims: claim('100Gi'),
      spec: GENERAL,
    }),
    podDisruptionBudget('postgres', namespace, { app: 'postgres' }, { maxUnavailable: 1 }),
    statefulSet({
      name: 'kafka',
      namespace,
      replicas: 3,
      cpu: '400m',
      memory: '1Gi',
      claims: claim('200Gi'),
      podManagementPolicy: 'Parallel',
      annotations: { 'simulation.node-steward.dev/readiness-seconds': '2' },
      spec: GENERAL,
    }),
    podDisruptionBudget(
      'kafka',
      namespace,
      { app: 'kafka' },
      { maxUnavailable: 1, unhealthyPodEvictionPolicy: 'AlwaysAllow' },
    ),
    deployment({
      name: 'indexer',
      namespace,
      replicas: 4,
      spec: {
        ...GENERAL,
        resources: { requests: { cpu: '300m', memory: '384Mi' }, limits: { cpu: '1', memory: '512Mi' } },
        containers: [
          container('indexer', 'registry.example/indexer:5.0.3'),
          container('shipper', 'registry.example/shipper:1.1.0'),
        ],
      },
    }),
    deployment({
      name: 'sandbox',
      namespace,
      replicas: 2,
      cpu: '100m',
      memory: '128Mi',
      spec: { ...GENERAL, overhead: { cpu: '250m', memory: '120Mi' } },
    }),
  ];
}

function monitoring(): TypedObject[] {
  const namespace = 'monitoring';
  return [
    statefulSet({ name: 'alertmanager', namespace, replicas: 3, cpu: '50m', memory: '64Mi', spec: GENERAL }),
    podDisruptionBudget('alertmanager', namespace, { app: 'alertmanager' }, { minAvailable: '60%' }),
    statefulSet({
      name: 'prometheus',
      namespace,
      replicas: 2,
      cpu: '500m',
      memory: '2Gi',
      volumes: [{ name: 'wal', emptyDir: {} }],
      spec: { ...GENERAL, terminationGracePeriodSeconds: 120 },
    }),
    deployment({ name: 'grafana', namespace, replicas: 1, cpu: '100m', memory: '256Mi', spec: GENERAL }),
  ];
}

const SERVICES = ['accounts', 'basket', 'catalog', 'mailer', 'orders', 'pricing', 'search', 'shipping'];

export function defaultApplications(): TypedObject[] {
  const shop = SERVICES.map((name) =>
    deployment({ name, namespace: 'shop', replicas: 3, cpu: '100m', memory: '128Mi', spec: GENERAL }),
  );
  return [...payments(), ...web(), ...data(), ...monitoring(), ...shop];
}
