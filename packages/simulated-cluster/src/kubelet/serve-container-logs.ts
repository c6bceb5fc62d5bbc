import type { ServerResponse } from 'node:http';
import type { Pod } from '../controllers/kube-types.js';
import { ContainerLog, type ContainerLogOptions } from './container-log.js';
import { sendText } from './send-text.js';
import { writeLines } from './write-lines.js';

export interface ContainerLogSource {
  podIsGone(pod: Pod): boolean;
  hostOutputOf(uid: string): string | undefined;
  now(): number;
}

/** `/containerLogs/{namespace}/{pod}/{container}`: the same words and codes as the kubelet's for what cannot be served. */
export async function serveContainerLogs(
  source: ContainerLogSource,
  pod: Pod | undefined,
  target: { pod: string; container: string },
  params: URLSearchParams,
  response: ServerResponse,
): Promise<void> {
  if (!pod) {
    sendText(response, 404, `pod "${target.pod}" does not exist`);
    return;
  }
  const options = parseOptions(params, source.now());
  if (typeof options === 'string') {
    sendText(response, options.includes('decode') ? 400 : 422, `{"message": "${options}"}\n`);
    return;
  }
  const refusal = refuse(pod, target.container, options);
  if (refusal) {
    sendText(response, refusal.status, `${refusal.message}\n`);
    return;
  }
  const aborted = new AbortController();
  response.on('close', () => aborted.abort());
  response.writeHead(200, { 'content-type': 'text/plain', 'transfer-encoding': 'chunked' });
  response.flushHeaders();
  const output = source.hostOutputOf(pod.metadata.uid ?? '');
  const chunks =
    output === undefined
      ? new ContainerLog(pod, target.container, () => source.now()).read(
          options,
          () => source.podIsGone(pod),
          aborted.signal,
        )
      : [output];
  await writeLines(response, chunks, aborted.signal);
  response.end();
}

function parseOptions(params: URLSearchParams, now: number): ContainerLogOptions | string {
  const number = (name: string): number | undefined => (params.has(name) ? Number(params.get(name)) : undefined);
  const [tailLines, sinceSeconds, limitBytes] = ['tailLines', 'sinceSeconds', 'limitBytes'].map(number);
  const sinceText = params.get('sinceTime');
  const sinceTime = sinceText ? Date.parse(sinceText) : undefined;
  for (const value of [tailLines, sinceSeconds, limitBytes, sinceTime]) {
    if (value !== undefined && Number.isNaN(value)) return 'Unable to decode query.';
  }
  const tooSmall = (value: number | undefined, least: number) => value !== undefined && value < least;
  if (tooSmall(tailLines, 0) || tooSmall(limitBytes, 1) || tooSmall(sinceSeconds, 1)) return 'Invalid request.';
  if (sinceSeconds !== undefined && sinceTime !== undefined) return 'Invalid request.';
  return {
    follow: isTrue(params.get('follow')),
    previous: isTrue(params.get('previous')),
    timestamps: isTrue(params.get('timestamps')),
    tailLines,
    limitBytes,
    sinceMs: sinceTime ?? (sinceSeconds === undefined ? undefined : now - sinceSeconds * 1000),
  };
}

const isTrue = (text: string | null): boolean => text === 'true' || text === '1';

function refuse(
  pod: Pod,
  container: string,
  options: ContainerLogOptions,
): { status: number; message: string } | undefined {
  const all = [...pod.spec.containers, ...(pod.spec.initContainers ?? [])];
  const { name } = pod.metadata;
  if (!all.some((item) => item.name === container)) {
    return { status: 404, message: `container "${container}" not found in pod "${name}"` };
  }
  const status = [...(pod.status.containerStatuses ?? []), ...(pod.status.initContainerStatuses ?? [])].find(
    (item) => item.name === container,
  );
  if (options.previous && !status?.lastState.terminated) {
    return { status: 400, message: `previous terminated container "${container}" in pod "${name}" not found` };
  }
  const waiting = status ? status.state.waiting : { reason: 'ContainerCreating' };
  if (!waiting || status?.lastState.terminated) return undefined;
  const why = waiting.reason === 'ImagePullBackOff' ? 'trying and failing to pull image' : waiting.reason;
  return { status: 400, message: `container "${container}" in pod "${name}" is waiting to start: ${why}` };
}
