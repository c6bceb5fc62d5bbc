import { Inject, Injectable } from '@nestjs/common';
import type { AppConfig } from '../../../../config/app-config.js';
import { APP_CONFIG } from '../../../../config/config.module.js';
import type { Caller } from '../../../../kernel/actor.js';
import { DomainError } from '../../../../kernel/domain-error.js';
import { ClusterConnections } from '../../../../platform/kubernetes/cluster-connections.js';
import type { Pod } from '../../../../platform/kubernetes/kube-objects.js';
import { KubernetesApiError } from '../../../../platform/kubernetes/kubernetes-api-error.js';
import { kubernetesDomainError } from '../../../../platform/kubernetes/kubernetes-domain-error.js';
import { UnitOfWork } from '../../../../platform/postgres/unit-of-work.js';
import { AccessControl } from '../../../access/index.js';
import { type AuditResource, AuditTrail } from '../../../audit/index.js';
import { VisibleNodeService } from '../visible-node.service.js';
import { type LogLine, positionOf } from './log-line.js';
import { type NodeLogRequest, ReadNodeLogsService } from './read-node-logs.service.js';
import { type PodLogRequest, ReadPodLogsService } from './read-pod-logs.service.js';

export interface LogLimits {
  readonly limitBytes: number;
  readonly limitSeconds: number;
}

export interface ShownLog {
  /** Batches of lines within the limits; the audit trail gets the number of bytes when it ends. */
  lines(signal: AbortSignal): AsyncGenerator<LogLine[]>;
}

const DEFAULT_CONTAINER = 'kubectl.kubernetes.io/default-container';

/** Logs for callers: decides, audits who read how much of what, redacts, and ends at the limits. */
@Injectable()
export class ShowLogsService {
  private readonly rules: readonly RegExp[];

  constructor(
    private readonly visible: VisibleNodeService,
    private readonly access: AccessControl,
    private readonly nodeLogs: ReadNodeLogsService,
    private readonly podLogs: ReadPodLogsService,
    private readonly connections: ClusterConnections,
    private readonly audit: AuditTrail,
    private readonly unitOfWork: UnitOfWork,
    @Inject(APP_CONFIG) config: AppConfig,
  ) {
    this.rules = config.logRedaction.map((rule) => new RegExp(rule, 'g'));
  }

  /** @throws DomainError as VisibleNodeService.require, before anything is read */
  async ofNode(caller: Caller, request: NodeLogRequest, limits: LogLimits): Promise<ShownLog> {
    checkId(request.after);
    const { cluster, node } = request;
    const { metadata } = await this.visible.require(caller, 'node.logs.read', cluster, node);
    const resource = { type: 'Node', cluster, name: node, uid: metadata.uid };
    const { service, since, until, tail, pattern, boot, follow } = request;
    const intent = await this.begin(caller, 'node.logs.read', resource, {
      service,
      since,
      until,
      tail,
      pattern,
      boot,
      follow,
    });
    return { lines: (signal) => this.bounded(intent, limits, signal, (inner) => this.nodeLogs.lines(request, inner)) };
  }

  /** @throws DomainError FORBIDDEN, NOT_FOUND, before anything is read */
  async ofPod(
    caller: Caller,
    asked: Omit<PodLogRequest, 'container'> & { container?: string },
    limits: LogLimits,
  ): Promise<ShownLog> {
    checkId(asked.after);
    const { cluster, namespace, pod: name } = asked;
    const pod = await this.pod(caller, cluster, namespace, name);
    const container = containerOf(pod, asked.container);
    const request = { ...asked, container };
    const resource = { type: 'Pod', cluster, namespace, name, uid: pod.metadata.uid };
    const { since, sinceSeconds, tail, previous, follow } = request;
    const options = { container, since, sinceSeconds, tail, previous, follow };
    const intent = await this.begin(caller, 'pod.logs.read', resource, options);
    return { lines: (signal) => this.bounded(intent, limits, signal, (inner) => this.podLogs.lines(request, inner)) };
  }

  private async *bounded(
    intent: string,
    limits: LogLimits,
    signal: AbortSignal,
    source: (signal: AbortSignal) => AsyncIterable<LogLine[]>,
  ): AsyncGenerator<LogLine[]> {
    const timeout = AbortSignal.timeout(limits.limitSeconds * 1000);
    const either = AbortSignal.any([signal, timeout]);
    let bytes = 0;
    let lines = 0;
    let failure: DomainError | undefined;
    try {
      for await (const batch of source(either)) {
        const shown: LogLine[] = [];
        for (const line of batch) {
          const text = this.redacted(line.text);
          const size = Buffer.byteLength(text) + 1;
          if (bytes + size > limits.limitBytes) {
            if (shown.length > 0) yield shown;
            return;
          }
          bytes += size;
          lines += 1;
          shown.push(text === line.text ? line : { ...line, text });
        }
        if (shown.length > 0) yield shown;
      }
    } catch (error) {
      if (either.aborted) return;
      failure =
        error instanceof DomainError ? error : new DomainError('INTERNAL', 'The log broke off.', { cause: error });
      throw failure;
    } finally {
      const error = failure && { code: failure.code, message: failure.message };
      const outcome = error ? ('FAILED' as const) : ('SUCCEEDED' as const);
      await this.unitOfWork.run(() => this.audit.close([intent], { outcome, after: { bytes, lines }, error }));
    }
  }

  private redacted(text: string): string {
    return this.rules.reduce((shown, rule) => shown.replace(rule, '[REDACTED]'), text);
  }

  private async begin(
    caller: Caller,
    action: string,
    resource: AuditResource,
    options: Record<string, unknown>,
  ): Promise<string> {
    const after = JSON.parse(JSON.stringify(options)) as Record<string, unknown>;
    const record = () => this.audit.record([{ kind: 'INTENT', caller, action, resource, after }]);
    return (await this.unitOfWork.run(record))[0] as string;
  }

  private async pod(caller: Caller, cluster: string, namespace: string, name: string): Promise<Pod> {
    const api = this.connections.api(cluster);
    const resource = { type: 'Namespace' as const, cluster, name: namespace };
    const call = { requestId: caller.request.requestId };
    try {
      const pod = await api.getPod(namespace, name, call);
      const node = pod.spec.nodeName ? await api.getNode(pod.spec.nodeName, call) : undefined;
      const where = node && { name: node.metadata.name, labels: node.metadata.labels ?? {} };
      await this.access.require(caller, 'pod.logs.read', { ...resource, node: where });
      return pod;
    } catch (error) {
      if (!(error instanceof KubernetesApiError) || error.status !== 404) throw kubernetesDomainError(error);
      await this.access.require(caller, 'pod.logs.read', resource);
      throw new DomainError('NOT_FOUND', `There is no pod "${namespace}/${name}" in cluster "${cluster}".`, {
        extensions: { cluster, namespace, pod: name },
      });
    }
  }
}

function containerOf({ metadata, spec }: Pod, asked: string | undefined): string {
  const names = [...spec.containers, ...(spec.initContainers ?? [])].map(({ name }) => name);
  const container = asked ?? metadata.annotations?.[DEFAULT_CONTAINER] ?? names[0];
  if (container !== undefined && names.includes(container)) return container;
  throw new DomainError('NOT_FOUND', `The pod has no container "${container}".`, { extensions: { containers: names } });
}

function checkId(id: string | undefined): void {
  if (id === undefined || positionOf(id)) return;
  throw new DomainError('VALIDATION_FAILED', 'Last-Event-ID is not an id of this log.', {
    violations: [{ pointer: '?after', code: 'INVALID_FORMAT', message: 'must be the id of a line of this log' }],
  });
}
