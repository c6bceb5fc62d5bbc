import { ApiError } from '../store/api-error.js';
import type { Json, KubeObject } from '../store/kube-object.js';
import type { ObjectStore } from '../store/object-store.js';
import type { ApiExchange } from './api-exchange.js';
import { inWordsOfGo, type KubeletForwarder } from './forward-to-kubelet.js';
import type { PodLogSource } from './pod-log-source.js';

/** `pods/log`: checked here, read from the kubelet of the pod's node, or from `source` where there is none. */
export async function readPodLog(
  store: ObjectStore,
  kubelets: KubeletForwarder,
  source: PodLogSource | undefined,
  exchange: ApiExchange,
): Promise<void> {
  const { namespace, name, query } = exchange.info;
  const pod = store.require('Pod', namespace, name);
  checkNumbers(name, query);
  const container = chooseContainer(pod, query.get('container') ?? '');
  if (!pod.spec?.nodeName) throw ApiError.badRequest(`pod ${name} does not have a host assigned`);
  const node = store.get('Node', undefined, pod.spec.nodeName);
  if (node && kubelets.address(node)) {
    const path = ['containerLogs', namespace, name, container].map(encodeURIComponent).join('/');
    const passed = new URLSearchParams(query);
    passed.delete('container');
    const asked = passed.size > 0 ? `/${path}?${passed}` : `/${path}`;
    // With a code and no reason, as the real one.
    await kubelets.forward(node, asked, exchange, {
      failure: (address, error) => {
        const url = `https://${address.host}:${address.port}${asked}`;
        return new ApiError(500, '', `Get "${url}": ${inWordsOfGo(address, error)}`);
      },
      refusal: (status, text) =>
        status === 400 ? ApiError.badRequest(text) : new ApiError(status, reasonOf(status), text),
    });
    return;
  }
  checkStarted(pod, container, query);
  if (!source)
    throw new ApiError(503, 'ServiceUnavailable', `the kubelet of node "${pod.spec.nodeName}" cannot be reached`);
  await source.writeLogs(pod, container, query, exchange.response);
}

function chooseContainer(pod: KubeObject, wanted: string): string {
  const names = (list: readonly Json[] = []) => list.map((container) => container.name as string);
  const containers = names(pod.spec?.containers);
  const init = names(pod.spec?.initContainers);
  if (wanted) {
    if ([...containers, ...init].includes(wanted)) return wanted;
    throw ApiError.badRequest(`container ${wanted} is not valid for pod ${pod.metadata.name}`);
  }
  if (containers.length === 1) return containers[0] as string;
  const choice = init.length > 0 ? ` or one of the init containers: [${init.join(' ')}]` : '';
  throw ApiError.badRequest(
    `a container name must be specified for pod ${pod.metadata.name}, choose one of: [${containers.join(' ')}]${choice}`,
  );
}

function checkStarted(pod: KubeObject, container: string, query: URLSearchParams): void {
  const statuses: Json[] = [...(pod.status?.containerStatuses ?? []), ...(pod.status?.initContainerStatuses ?? [])];
  const status = statuses.find((item) => item.name === container);
  const { name } = pod.metadata;
  if (query.get('previous') === 'true' && !status?.lastState?.terminated) {
    throw ApiError.badRequest(`previous terminated container "${container}" in pod "${name}" not found`);
  }
  const waiting = status?.state?.waiting;
  if (!waiting || status.lastState?.terminated) return;
  throw ApiError.badRequest(
    `container "${container}" in pod "${name}" is waiting to start: ${waiting.reason ?? 'ContainerCreating'}`,
  );
}

const reasonOf = (status: number): string => (status === 404 ? 'NotFound' : status < 500 ? '' : 'InternalError');

const LEAST: readonly [name: string, least: number, words: string][] = [
  ['limitBytes', 1, 'must be greater than 0'],
  ['sinceSeconds', 1, 'must be greater than 0'],
  ['tailLines', 0, 'must be greater than or equal to 0'],
];

function checkNumbers(pod: string, query: URLSearchParams): void {
  const causes = LEAST.flatMap(([field, least, words]) => {
    const value = query.get(field);
    if (value === null || Number.isNaN(Number(value)) || Number(value) >= least) return [];
    return [{ reason: 'FieldValueInvalid', message: `Invalid value: ${value}: ${words}`, field }];
  });
  if (causes.length === 0) return;
  const text = causes.map(({ field, message }) => `${field}: ${message}`);
  const all = text.length === 1 ? text[0] : `[${text.join(', ')}]`;
  throw new ApiError(422, 'Invalid', `PodLogOptions "${pod}" is invalid: ${all}`, {
    name: pod,
    kind: 'PodLogOptions',
    causes,
  });
}
