import { Injectable } from '@nestjs/common';
import { RE2JS, RE2JSSyntaxException } from 're2js';
import type { Caller } from '../../../../kernel/actor.js';
import { DomainError } from '../../../../kernel/domain-error.js';
import type { Pod } from '../../../../platform/kubernetes/kube-objects.js';
import { kubeletUnitOfNode } from '../../../../platform/kubernetes/platform-of-node.js';
import { VisibleNodeService } from '../visible-node.service.js';
import type { LogLimits } from './log-budget.js';
import { positionOf } from './log-line.js';
import { LogRecordService, type ShownLog } from './log-record.service.js';
import type { NodeLogRequest } from './node-log-request.js';
import { ReadNodeLogsService } from './read-node-logs.service.js';
import { type PodLogRequest, ReadPodLogsService } from './read-pod-logs.service.js';
import { VisiblePodService } from './visible-pod.service.js';

const DEFAULT_CONTAINER = 'kubectl.kubernetes.io/default-container';

/** Without services, those of the node's kubelet. */
export type NodeLogAsked = Omit<NodeLogRequest, 'service' | 'kubeletUnit'> & { readonly service?: readonly string[] };

/** Folders under /var/log that hold what other rights are for, or no text. */
const NOT_SERVED = /^(?:pods|containers|journal|audit)(?:\/|$)|(?:^|\/)(?:[bw]tmp|lastlog|faillog)(?:[.-]|$)/;

/** Logs for callers: decides, and has what is read bounded and recorded. */
@Injectable()
export class ShowLogsService {
  constructor(
    private readonly nodes: VisibleNodeService,
    private readonly pods: VisiblePodService,
    private readonly nodeLogs: ReadNodeLogsService,
    private readonly podLogs: ReadPodLogsService,
    private readonly record: LogRecordService,
  ) {}

  /** @throws DomainError as VisibleNodeService.require, before anything is read */
  async ofNode(caller: Caller, asked: NodeLogAsked, limits: LogLimits): Promise<ShownLog> {
    checkId(asked.after);
    checkFile(asked);
    const { cluster, node } = asked;
    const found = await this.nodes.require(caller, 'node.logs.read', cluster, node);
    const { metadata } = found;
    const unit = kubeletUnitOfNode(found);
    const request: NodeLogRequest = { ...asked, service: asked.service ?? [unit], kubeletUnit: unit };
    const { since, until, tail, pattern, boot, follow, file } = request;
    const service = file === undefined ? request.service : undefined;
    const notices: string[] = [];
    return this.record.begin(caller, {
      action: 'node.logs.read',
      resource: { type: 'Node', cluster, name: node, uid: metadata.uid },
      options: { service, file, since, until, tail, pattern, boot, follow },
      limits,
      notices,
      lines: (signal) => this.nodeLogs.lines(request, signal, notices),
      text: (signal) => this.nodeLogs.text(request, signal, notices),
    });
  }

  /** @throws DomainError as VisiblePodService.require, before anything is read */
  async ofPod(
    caller: Caller,
    asked: Omit<PodLogRequest, 'container'> & { container?: string },
    limits: LogLimits,
  ): Promise<ShownLog> {
    checkId(asked.after);
    const { cluster, namespace, pod: name } = asked;
    const pod = await this.pods.require(caller, cluster, namespace, name);
    const container = containerOf(pod, asked.container);
    const request = { ...asked, container, node: pod.spec.nodeName };
    const { since, sinceSeconds, tail, previous, follow } = request;
    return this.record.begin(caller, {
      action: 'pod.logs.read',
      resource: { type: 'Pod', cluster, namespace, name, uid: pod.metadata.uid },
      options: { container, since, sinceSeconds, tail, previous, follow },
      limits,
      lines: (signal) => this.podLogs.lines(request, signal),
      text: (signal) => this.podLogs.text(request, signal),
    });
  }
}

function containerOf({ metadata, spec }: Pod, asked: string | undefined): string {
  const names = [...spec.containers, ...(spec.initContainers ?? [])].map(({ name }) => name);
  const container = asked ?? metadata.annotations?.[DEFAULT_CONTAINER] ?? names[0];
  if (container !== undefined && names.includes(container)) return container;
  throw new DomainError('NOT_FOUND', `The pod has no container "${container}".`, { extensions: { containers: names } });
}

function checkFile({ file, service, boot, pattern }: NodeLogAsked): void {
  if (file === undefined) return;
  const refuse = (pointer: string, message: string) =>
    new DomainError('VALIDATION_FAILED', 'The file can not be read so.', {
      violations: [{ pointer, code: 'NOT_ALLOWED', message }],
    });
  if (service) throw refuse('?service', 'a file and services exclude each other');
  if (pattern !== undefined && !isExpression(pattern)) throw refuse('?pattern', 'must be a regular expression of RE2');
  if (boot !== undefined) throw refuse('?boot', 'the kubelet serves files as they are');
  if (file.split('/').some((part) => /^\.*$/.test(part))) throw refuse('?file', 'must name a file below /var/log');
  if (NOT_SERVED.test(file))
    throw refuse('?file', 'is not served here: logs of pods have a read of their own, and only text is shown');
}

function isExpression(pattern: string): boolean {
  try {
    RE2JS.compile(pattern);
    return true;
  } catch (error) {
    if (error instanceof RE2JSSyntaxException) return false;
    throw error;
  }
}

function checkId(id: string | undefined): void {
  if (id === undefined || positionOf(id)) return;
  throw new DomainError('VALIDATION_FAILED', 'Last-Event-ID is not an id of this log.', {
    violations: [{ pointer: '?after', code: 'INVALID_FORMAT', message: 'must be the id of a line of this log' }],
  });
}
