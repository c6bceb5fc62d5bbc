import type { TypedObject } from '../controllers/kube-types.js';
import { container, deployment, job, pod } from './manifests.js';

const BATCH = {
  nodeSelector: { pool: 'batch' },
  tolerations: [{ key: 'dedicated', operator: 'Equal', value: 'batch', effect: 'NoSchedule' }],
};
const LONG_LIVED = { nodeSelector: { lifecycle: 'long-lived' } };
const annotation = (name: string, value: string) => ({ [`simulation.node-steward.dev/${name}`]: value });
const FOR_HOURS = annotation('run-seconds', '36000');

/** Jobs that ended well, ended badly and still run; pods nobody manages; a pod that fits nowhere. */
export function defaultBatch(): TypedObject[] {
  const namespace = 'batch';
  const shape = { namespace, cpu: '500m', memory: '512Mi' };
  return [
    ...['nightly-report', 'invoice-export', 'cleanup', 'backup'].map((name) =>
      job({ name, ...shape, spec: LONG_LIVED }),
    ),
    failing(),
    job({ name: 'reindex', ...shape, completions: 4, parallelism: 2, annotations: FOR_HOURS, spec: BATCH }),
    deployment({ name: 'workers', ...shape, replicas: 6, volumes: [{ name: 'scratch', emptyDir: {} }], spec: BATCH }),
    deployment({ name: 'huge-simulation', namespace, replicas: 1, cpu: '64', memory: '512Gi', spec: BATCH }),
    deployment({
      name: 'inference',
      namespace: 'ml',
      replicas: 2,
      spec: {
        nodeSelector: { pool: 'gpu' },
        tolerations: [{ key: 'nvidia.com/gpu', operator: 'Exists', effect: 'NoSchedule' }],
        containers: [
          {
            ...container('app', 'registry.example/inference:0.9.4'),
            resources: {
              requests: { cpu: '2', memory: '8Gi', 'nvidia.com/gpu': '1' },
              limits: { memory: '8Gi', 'nvidia.com/gpu': '1' },
            },
          },
        ],
      },
    }),
    ...['debug-shell', 'one-off-import'].map((name) =>
      pod({ name, namespace: 'default', cpu: '50m', memory: '64Mi', spec: LONG_LIVED }),
    ),
    pod({
      name: 'toolbox',
      namespace: 'default',
      cpu: '50m',
      memory: '64Mi',
      volumes: [{ name: 'home', emptyDir: {} }],
      spec: { ...LONG_LIVED, terminationGracePeriodSeconds: 5 },
    }),
  ];
}

function failing(): TypedObject {
  const shape = { name: 'import-legacy', namespace: 'batch', cpu: '500m', memory: '512Mi' };
  const manifest = job({ ...shape, annotations: annotation('exit-code', '1'), spec: LONG_LIVED });
  return { ...manifest, spec: { ...manifest.spec, backoffLimit: 0 } } as TypedObject;
}
