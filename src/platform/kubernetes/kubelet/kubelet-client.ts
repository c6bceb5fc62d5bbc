import type { Readable } from 'node:stream';
import { Inject, Injectable } from '@nestjs/common';
import { type Dispatcher, request } from 'undici';
import type { AppConfig } from '../../../config/app-config.js';
import { APP_CONFIG } from '../../../config/config.module.js';
import { DomainError } from '../../../kernel/domain-error.js';
import { type Permit, PermitLost } from '../../../kernel/permit.js';
import { CHANGE_TIMEOUT_MS } from '../../lease/lease-terms.js';
import { permittedDispatcher } from '../permitted-dispatcher.js';
import { USER_AGENT } from '../user-agent.js';
import { KubeletConnections } from './kubelet-connections.js';
import {
  KUBELET_ENDPOINTS,
  type KubeletEndpoint,
  type KubeletEndpointName,
  type KubeletMetricsPage,
} from './kubelet-endpoint.js';
import {
  answeredFailure,
  type KubeletTarget,
  KubeletUncertified,
  kubeletFeatureDisabled,
  kubeletUnavailable,
  transportFailure,
} from './kubelet-failure.js';
import { KubeletGuard } from './kubelet-guard.js';
import { parseFlagz } from './parse-flagz.js';

export interface KubeletCallOptions {
  readonly signal?: AbortSignal;
  readonly timeoutMs?: number;
  readonly requestId?: string;
}

/** Of the calls that change something. */
export interface KubeletChangeOptions extends KubeletCallOptions {
  readonly permit: Permit;
}

type SendOptions = KubeletCallOptions & Partial<KubeletChangeOptions>;

/** What the kubelet's log query takes. Callers check it first; the kubelet checks again. */
export interface NodeLogQuery {
  readonly services: readonly string[];
  /** A file under /var/log instead of services; it takes no other option. */
  readonly file?: string;
  /** By the clocks of the node as if they were UTC: the kubelet hands journalctl a time without a zone. */
  readonly sinceTime?: Date;
  /** Only with a start: some kubelets crash on an end without one. */
  readonly untilTime?: Date;
  readonly tailLines?: number;
  readonly pattern?: string;
  readonly boot?: number;
}

export interface KubeletHealthCheck {
  readonly name: 'healthz' | 'ping' | 'log' | 'syncloop';
  readonly healthy: boolean;
}

const CHECKS = { healthz: 'healthz', ping: 'healthzPing', log: 'healthzLog', syncloop: 'healthzSyncloop' } as const;
const METRICS = {
  kubelet: 'metrics',
  cadvisor: 'metricsCadvisor',
  resource: 'metricsResource',
  probes: 'metricsProbes',
} as const;
/** The kubelet itself gives up after 30 s. */
const NODE_LOGS_TIMEOUT_MS = 35_000;
const MAX_FAILURE_BYTES = 4096;

/**
 * The kubelet calls of this product, by name. Failures are DomainErrors: NODE_NOT_FOUND, KUBELET_UNAVAILABLE,
 * KUBELET_FORBIDDEN with the missing right, KUBELET_FEATURE_DISABLED with the fields to set, KUBELET_REFUSED.
 */
@Injectable()
export class KubeletClient {
  private readonly guards = new Map<string, KubeletGuard>();

  constructor(
    private readonly connections: KubeletConnections,
    @Inject(APP_CONFIG) private readonly config: AppConfig,
  ) {}

  /** The effective configuration. Booleans that are false are left out by the kubelet. */
  async configz(cluster: string, node: string, options: KubeletCallOptions = {}): Promise<Record<string, unknown>> {
    const target = { cluster, node };
    const answer = parseJson(target, await this.text(target, 'configz', options)) as { kubeletconfig?: unknown };
    const config = answer?.kubeletconfig;
    if (typeof config !== 'object' || config === null) throw kubeletUnavailable(target, 'UNEXPECTED_ANSWER');
    return config as Record<string, unknown>;
  }

  /**
   * All flags with their values, set or not. KUBELET_FEATURE_DISABLED where the kubelet has no `/flagz`, and never an
   * empty answer: flags that can't be read are unknown, which is KUBELET_UNAVAILABLE.
   */
  async flagz(cluster: string, node: string, options: KubeletCallOptions = {}): Promise<Record<string, string>> {
    const target = { cluster, node };
    const structured = await this.text(target, 'flagz', options).catch((error: unknown) => {
      if (error instanceof DomainError && error.code === 'KUBELET_REFUSED') return '';
      throw error;
    });
    const flags = parseFlagz(structured) ?? parseFlagz(await this.text(target, 'flagzText', options));
    if (!flags)
      throw kubeletUnavailable(target, 'UNEXPECTED_ANSWER', 'its flags are unknown, since /flagz can not be read');
    return flags;
  }

  /** Each health check with its verdict. @throws only when the kubelet can't be asked at all */
  async healthz(cluster: string, node: string, options: KubeletCallOptions = {}): Promise<KubeletHealthCheck[]> {
    const check = async (name: keyof typeof CHECKS): Promise<KubeletHealthCheck> => {
      try {
        return { name, healthy: (await this.text({ cluster, node }, CHECKS[name], options)).trim() === 'ok' };
      } catch (error) {
        const answered = error instanceof DomainError && error.details.extensions?.cause === 'SERVER_ERROR';
        if (answered || (error instanceof DomainError && error.code === 'KUBELET_REFUSED'))
          return { name, healthy: false };
        throw error;
      }
    };
    return Promise.all((Object.keys(CHECKS) as (keyof typeof CHECKS)[]).map(check));
  }

  async stats(cluster: string, node: string, options: KubeletCallOptions = {}): Promise<Record<string, unknown>> {
    const target = { cluster, node };
    const stats = parseJson(target, await this.text(target, 'stats', options));
    if (typeof stats !== 'object' || stats === null) throw kubeletUnavailable(target, 'UNEXPECTED_ANSWER');
    return stats as Record<string, unknown>;
  }

  /** A page of Prometheus text. */
  metrics(cluster: string, node: string, page: KubeletMetricsPage, options: KubeletCallOptions = {}): Promise<string> {
    return this.text({ cluster, node }, METRICS[page], options);
  }

  /** Lines of the node's journal as they come; must be read to its end or destroyed. */
  async nodeLogs(
    cluster: string,
    node: string,
    query: NodeLogQuery,
    options: KubeletCallOptions = {},
  ): Promise<Readable> {
    const target = { cluster, node };
    const parameters = new URLSearchParams();
    if (query.file !== undefined) parameters.set('query', `/${query.file}`);
    else for (const service of query.services) parameters.append('query', service);
    if (query.sinceTime) parameters.set('sinceTime', wholeSeconds(query.sinceTime));
    if (query.sinceTime && query.untilTime) parameters.set('untilTime', wholeSeconds(query.untilTime));
    if (query.tailLines !== undefined) parameters.set('tailLines', String(query.tailLines));
    if (query.pattern !== undefined) parameters.set('pattern', query.pattern);
    if (query.boot !== undefined) parameters.set('boot', String(query.boot));
    const signal = withTimeout(options.signal, options.timeoutMs ?? NODE_LOGS_TIMEOUT_MS);
    return this.guarded(target, options, async () => {
      const response = await this.send(
        target,
        query.file === undefined ? 'nodeLogs' : 'nodeLogFile',
        { ...options, signal },
        `?${parameters}`,
        undefined,
        'streams',
      );
      // A body that is destroyed before its end reports an error of its own, to nobody.
      response.body.on('error', () => undefined);
      if (!String(response.headers['content-type'] ?? '').startsWith('text/html')) return response.body;
      // Without log queries the same path lists the files of /var/log.
      response.body.destroy();
      throw kubeletFeatureDisabled(target, ['enableSystemLogQuery'], 'Log queries are turned off');
    });
  }

  /** Sets the log verbosity until the kubelet's next restart. The value before can't be read. */
  async setVerbosity(cluster: string, node: string, level: number, options: KubeletChangeOptions): Promise<void> {
    if (!Number.isInteger(level) || level < 0 || level > 10) throw new RangeError('a verbosity is from 0 to 10');
    const timeoutMs = Math.min(options.timeoutMs ?? CHANGE_TIMEOUT_MS, CHANGE_TIMEOUT_MS);
    const answer = await this.text({ cluster, node }, 'verbosity', { ...options, timeoutMs }, String(level));
    if (!answer.startsWith('successfully set')) {
      throw new DomainError('KUBELET_REFUSED', `The kubelet of node "${node}" did not confirm the verbosity.`, {
        extensions: { cluster, node },
      });
    }
  }

  private text(target: KubeletTarget, name: KubeletEndpointName, options: SendOptions, body?: string): Promise<string> {
    const signal = withTimeout(options.signal, options.timeoutMs ?? this.config.kubernetes.requestTimeoutMs);
    return this.guarded(target, options, async () => {
      const response = await this.send(target, name, { ...options, signal }, '', body, 'requests');
      return readText(target, response.body, KUBELET_ENDPOINTS[name].maxBytes);
    });
  }

  private guarded<T>(target: KubeletTarget, options: KubeletCallOptions, work: () => Promise<T>): Promise<T> {
    let guard = this.guards.get(target.cluster);
    if (!guard) {
      guard = new KubeletGuard();
      this.guards.set(target.cluster, guard);
    }
    return guard.run(target, async () => {
      try {
        return await work();
      } catch (error) {
        if (error instanceof PermitLost) throw error;
        if (!(error instanceof DomainError) && options.signal?.aborted) throw options.signal.reason;
        const failure = error instanceof DomainError ? error : transportFailure(target, error);
        throw failure instanceof KubeletUncertified ? await this.connections.explain(target, failure) : failure;
      }
    });
  }

  private async send(
    target: KubeletTarget,
    name: KubeletEndpointName,
    options: SendOptions & { signal: AbortSignal },
    query: string,
    body: string | undefined,
    pool: 'requests' | 'streams',
  ): Promise<Dispatcher.ResponseData> {
    const endpoint: KubeletEndpoint = KUBELET_ENDPOINTS[name];
    const { permit } = options;
    if (endpoint.method !== 'GET' && !permit) throw new Error(`${name} changes something and has no permit`);
    const once = async (): Promise<Dispatcher.ResponseData> => {
      const connection = await this.connections.connect(target, pool);
      const agent = options.requestId ? `${USER_AGENT} (request ${options.requestId})` : USER_AGENT;
      try {
        return await request(`${connection.url}${endpoint.path}${query}`, {
          method: endpoint.method,
          dispatcher: permit ? permittedDispatcher(connection.dispatcher, permit) : connection.dispatcher,
          signal: options.signal,
          headers: { ...connection.headers, accept: endpoint.accept ?? '*/*', 'user-agent': agent },
          ...(body === undefined ? {} : { body }),
          headersTimeout: 0,
          bodyTimeout: 0,
        });
      } catch (error) {
        this.connections.forget(target);
        // Nothing was sent on a connection that could not be made: the node may have moved to another address.
        if (connection.remembered && !options.signal.aborted && endpoint.method === 'GET') return once();
        throw error;
      }
    };
    let response = await once();
    if (response.statusCode === 401 && this.connections.renew(target)) {
      await response.body.dump();
      response = await once();
    }
    if (response.statusCode < 300) return response;
    const text = await readText(target, response.body, MAX_FAILURE_BYTES, true);
    throw answeredFailure(target, endpoint, response.statusCode, text);
  }
}

/** journalctl is given no more of a time. */
const wholeSeconds = (time: Date): string => `${time.toISOString().slice(0, 19)}Z`;

function withTimeout(signal: AbortSignal | undefined, milliseconds: number): AbortSignal {
  const timeout = AbortSignal.timeout(milliseconds);
  return signal ? AbortSignal.any([signal, timeout]) : timeout;
}

async function readText(target: KubeletTarget, body: Readable, maxBytes: number, cut = false): Promise<string> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of body as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    chunks.push(chunk);
    if (bytes <= maxBytes) continue;
    body.destroy();
    if (cut) break;
    throw kubeletUnavailable(target, 'UNEXPECTED_ANSWER', `it answered more than ${maxBytes} bytes`);
  }
  return Buffer.concat(chunks).toString('utf8');
}

function parseJson(target: KubeletTarget, text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw kubeletUnavailable(target, 'UNEXPECTED_ANSWER', undefined, error);
  }
}
