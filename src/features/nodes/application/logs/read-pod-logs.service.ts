import type { Readable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { Injectable } from '@nestjs/common';
import { DomainError } from '../../../../kernel/domain-error.js';
import { ClusterConnections } from '../../../../platform/kubernetes/cluster-connections.js';
import {
  KubeletUncertified,
  kubeletUnavailable,
  saysUncertified,
} from '../../../../platform/kubernetes/kubelet/kubelet-failure.js';
import { KubernetesApiError } from '../../../../platform/kubernetes/kubernetes-api-error.js';
import { kubernetesDomainError } from '../../../../platform/kubernetes/kubernetes-domain-error.js';
import { objectName } from '../../../../platform/kubernetes/object-name.js';
import { pendingServingRequest } from '../../../../platform/kubernetes/signing-requests.js';
import { idOf, type LogLine, type LogPosition, PositionCounter, positionOf } from './log-line.js';
import { readLines, readWholeLines } from './read-lines.js';
import { ResumeFilter } from './resume-filter.js';

export interface PodLogRequest {
  readonly cluster: string;
  readonly namespace: string;
  readonly pod: string;
  readonly container: string;
  /** Where the pod runs. */
  readonly node?: string;
  readonly previous: boolean;
  readonly follow: boolean;
  readonly timestamps: boolean;
  readonly tail?: number;
  readonly since?: Date;
  readonly sinceSeconds?: number;
  readonly after?: string;
}

const RETRY_MS = 250;
const LONGEST_RETRY_MS = 10_000;
const LINE = /^(\S{20,40}) (.*)$/s;

/** The log of a container, through the API server: the right pods/log is enough, where a kubelet would want nodes/proxy. */
@Injectable()
export class ReadPodLogsService {
  constructor(private readonly connections: ClusterConnections) {}

  /** Batches of lines. A follow whose connection breaks goes on after the last line, without gap or double. */
  async *lines(request: PodLogRequest, signal: AbortSignal): AsyncGenerator<LogLine[]> {
    let position = request.after === undefined ? undefined : positionOf(request.after);
    for (let failures = 0; ; ) {
      try {
        const stream = await this.open(request, { timestamps: true, position }, signal);
        for await (const batch of this.read(stream, request, position)) {
          failures = 0;
          const last = batch.at(-1);
          if (last) position = positionOf(last.id);
          yield batch;
        }
        return;
      } catch (error) {
        if (signal.aborted) return;
        const answered = error instanceof DomainError && error.code !== 'CLUSTER_UNAVAILABLE';
        // The pod is gone, but what was read before stays true: the follow is over.
        if (answered && position !== undefined && error.code === 'NOT_FOUND') return;
        if (!request.follow || answered) throw error;
        failures += 1;
        const pause = Math.min(LONGEST_RETRY_MS, RETRY_MS * 2 ** Math.min(failures, 6));
        await sleep(pause, undefined, { signal }).catch(() => undefined);
        if (signal.aborted) return;
      }
    }
  }

  /** The text alone of a log that ends by itself, as many lines at a time as the server sends. Null where each has to be looked at. */
  text(request: PodLogRequest, signal: AbortSignal): AsyncGenerator<Buffer> | null {
    return request.follow || request.after !== undefined ? null : this.readText(request, signal);
  }

  private async *readText(request: PodLogRequest, signal: AbortSignal): AsyncGenerator<Buffer> {
    const stream = await this.open(request, { timestamps: request.timestamps }, signal);
    try {
      yield* readWholeLines(stream);
    } catch (error) {
      if (!signal.aborted) throw error;
    } finally {
      stream.destroy();
    }
  }

  private async *read(
    stream: Readable,
    { timestamps }: PodLogRequest,
    position: LogPosition | undefined,
  ): AsyncGenerator<LogLine[]> {
    const counter = new PositionCounter();
    const filter = new ResumeFilter(position);
    let stamp = position?.stamp ?? '';
    try {
      for await (const texts of readLines(stream)) {
        const batch: LogLine[] = [];
        for (const raw of texts) {
          const line = stamped(raw);
          stamp = line?.stamp ?? stamp;
          const id = idOf(counter.next(stamp));
          const at = stamp === '' ? null : new Date(stamp);
          batch.push(...filter.next({ id, at, text: timestamps ? raw : (line?.text ?? raw) }, stamp));
        }
        if (batch.length > 0) yield batch;
      }
      const rest = filter.rest();
      if (rest.length > 0) yield rest;
    } finally {
      stream.destroy();
    }
  }

  private async open(
    request: PodLogRequest,
    { timestamps, position }: { timestamps: boolean; position?: LogPosition },
    signal: AbortSignal,
  ): Promise<Readable> {
    const { cluster, namespace, pod, container, previous, follow, tail, since, sinceSeconds } = request;
    const sinceTime = position
      ? wholeSeconds(new Date(Date.parse(position.stamp) - 1000))
      : since && wholeSeconds(since);
    const query = {
      container,
      previous: previous || undefined,
      follow: follow || undefined,
      timestamps: timestamps || undefined,
      tailLines: position ? undefined : tail,
      sinceTime,
      sinceSeconds: sinceTime === undefined ? sinceSeconds : undefined,
    };
    const path = `/api/v1/namespaces/${objectName(namespace)}/pods/${objectName(pod)}/log`;
    const connection = this.connections.get(cluster);
    try {
      return (await connection.stream(path, { query, accept: '*/*', signal })).body;
    } catch (error) {
      const { node } = request;
      if (!node || !isUnreachedKubelet(error) || !saysUncertified(error.message)) throw podLogFailure(error, request);
      throw new KubeletUncertified({ cluster, node }, error, await pendingServingRequest(connection, node));
    }
  }
}

/** Kubernetes takes whole seconds here; what comes too early is left out by its position. */
const wholeSeconds = (time: Date): string => `${time.toISOString().slice(0, 19)}Z`;

/** Undefined for the rest of a line that was cut in two. */
function stamped(raw: string): { stamp: string; text: string } | undefined {
  const [, stamp, text] = LINE.exec(raw) ?? [];
  return stamp === undefined || Number.isNaN(Date.parse(stamp)) ? undefined : { stamp, text: text ?? '' };
}

/** The API server asked the kubelet and got no answer: that is in its words only. */
const KUBELET_NOT_REACHED = /^Get "https:\/\/[^"]+\/containerLogs\//;

const isUnreachedKubelet = (error: unknown): error is KubernetesApiError =>
  error instanceof KubernetesApiError && error.status >= 500 && KUBELET_NOT_REACHED.test(error.message);

function podLogFailure(error: unknown, request: PodLogRequest): unknown {
  const { cluster, namespace, pod, container, previous, node } = request;
  if (node && isUnreachedKubelet(error))
    return kubeletUnavailable({ cluster, node }, 'UNREACHABLE', 'the API server can not reach it', error);
  if (!(error instanceof KubernetesApiError) || ![400, 404, 422].includes(error.status))
    return kubernetesDomainError(error);
  const extensions = { cluster, namespace, pod, container };
  if (error.status === 404)
    return new DomainError('NOT_FOUND', `Pod "${namespace}/${pod}" has no such log.`, { extensions });
  const why = previous ? 'has no previous run whose log is kept' : 'is waiting to start';
  return new DomainError('CONFLICT', `Container "${container}" of pod "${namespace}/${pod}" ${why}.`, { extensions });
}
