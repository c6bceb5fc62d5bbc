import { ApiError } from '../store/api-error.js';
import type { Json, KubeObject } from '../store/kube-object.js';
import type { ObjectStore } from '../store/object-store.js';
import type { ApiExchange } from './api-exchange.js';
import { negotiate } from './representation.js';

export const METRICS_GROUP = 'metrics.k8s.io';
export const METRICS_RESOURCES: readonly Json[] = [
  { name: 'nodes', singularName: '', namespaced: false, kind: 'NodeMetrics', verbs: ['get', 'list'] },
  { name: 'pods', singularName: '', namespaced: true, kind: 'PodMetrics', verbs: ['get', 'list'] },
];

interface Usage {
  readonly cpuMillis: number;
  readonly memoryKi: number;
}

/** `metrics.k8s.io`: usage made up from requests, the same figures for the same pod each time. */
export function answerMetrics(store: ObjectStore, exchange: ApiExchange): void {
  const { resource, verb, namespace, name, query } = exchange.info;
  if (verb !== 'get' && verb !== 'list')
    throw new ApiError(405, 'MethodNotAllowed', 'the server does not allow this method');
  negotiate(exchange.request.headers.accept, query);
  const kind = resource === 'nodes' ? 'Node' : resource === 'pods' ? 'Pod' : undefined;
  if (!kind) throw new ApiError(404, 'NotFound', 'the server could not find the requested resource');
  const present = kind === 'Node' ? (object: KubeObject) => nodeMetrics(store, object) : podMetrics;
  if (verb === 'get') {
    exchange.send(200, present(store.require(kind, namespace, name)));
    return;
  }
  const labelSelector = query.get('labelSelector') ?? undefined;
  const found = store.list(kind, { namespace, labelSelector, fieldSelector: query.get('fieldSelector') ?? undefined });
  const items = found.filter((object) => kind === 'Node' || object.status?.phase === 'Running').map(present);
  exchange.send(200, { kind: `${kind}MetricsList`, apiVersion: `${METRICS_GROUP}/v1beta1`, metadata: {}, items });
}

function nodeMetrics(store: ObjectStore, node: KubeObject): Json {
  const pods = store.podsOnNode(node.metadata.name).filter((pod) => pod.status?.phase === 'Running');
  const total = pods.flatMap(containerUsages).reduce(
    (sum, { usage }) => ({ cpuMillis: sum.cpuMillis + usage.cpuMillis, memoryKi: sum.memoryKi + usage.memoryKi }),
    // What the system itself takes.
    { cpuMillis: 85, memoryKi: 620_000 },
  );
  return { ...envelope('NodeMetrics', node), usage: quantities(total) };
}

function podMetrics(pod: KubeObject): Json {
  const containers = containerUsages(pod).map(({ name, usage }) => ({ name, usage: quantities(usage) }));
  return { ...envelope('PodMetrics', pod), containers };
}

function envelope(kind: string, { metadata }: KubeObject): Json {
  const { name, namespace, labels, creationTimestamp } = metadata;
  const timestamp = `${new Date().toISOString().slice(0, 19)}Z`;
  return {
    kind,
    apiVersion: `${METRICS_GROUP}/v1beta1`,
    metadata: { name, namespace, labels, creationTimestamp },
    timestamp,
    window: '20.4s',
  };
}

function containerUsages(pod: KubeObject): { name: string; usage: Usage }[] {
  return (pod.spec?.containers ?? []).map((container: Json) => {
    const { cpu, memory } = container.resources?.requests ?? {};
    // Between 30 and 90 percent of what was asked for, by the container's identity.
    const share = 0.3 + 0.6 * fraction(`${pod.metadata.uid}/${container.name}`);
    return {
      name: container.name,
      usage: {
        cpuMillis: Math.max(1, Math.round((cpu ? millis(cpu) : 20) * share)),
        memoryKi: Math.max(2048, Math.round((memory ? kibibytes(memory) : 32_768) * share)),
      },
    };
  });
}

function quantities({ cpuMillis, memoryKi }: Usage): Json {
  return { cpu: `${cpuMillis * 1_000_000}n`, memory: `${memoryKi}Ki` };
}

function fraction(text: string): number {
  let hash = 2166136261;
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 16777619);
  return (hash >>> 0) / 4294967296;
}

function millis(quantity: string): number {
  return String(quantity).endsWith('m') ? Number.parseFloat(quantity) : Number.parseFloat(quantity) * 1000;
}

const KIBIBYTES: Readonly<Record<string, number>> = {
  Ki: 1,
  Mi: 1024,
  Gi: 1024 ** 2,
  Ti: 1024 ** 3,
  k: 1000 / 1024,
  M: 1e6 / 1024,
  G: 1e9 / 1024,
};

function kibibytes(quantity: string): number {
  const [, number = '0', unit = ''] = /^([\d.]+)(.*)$/.exec(String(quantity)) ?? [];
  return Number(number) * (KIBIBYTES[unit] ?? 1 / 1024);
}
