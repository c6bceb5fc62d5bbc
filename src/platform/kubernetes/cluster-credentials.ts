import { createHash } from 'node:crypto';
import type { RequestOptions } from 'node:https';
import type { KubeConfig } from '@kubernetes/client-node';
import { Agent, type Dispatcher } from 'undici';
import { monotonicNow } from '../../kernel/monotonic.js';
import type { ClusterSource } from './cluster-source.js';
import { clusterUnavailable } from './cluster-unavailable.js';
import { resettingConnector } from './resetting-connector.js';

/** What a request needs to reach and convince an API server. */
export interface ClusterAccess {
  readonly origin: string;
  /** Path prefix of the server's URL, as proxies in front of many clusters use; without a slash at its end. */
  readonly basePath: string;
  readonly headers: Readonly<Record<string, string>>;
  /** For requests that end. */
  readonly requests: Dispatcher;
  /** For watches and logs: a pool of its own, so that open streams never hold up requests. */
  readonly streams: Dispatcher;
  /** What the pools were made of, for connections to the cluster's kubelets. */
  readonly tls: TlsOptions;
}

export type TlsOptions = Pick<
  RequestOptions,
  'ca' | 'cert' | 'key' | 'pfx' | 'passphrase' | 'servername' | 'rejectUnauthorized'
>;

const KEPT_MS = 10_000;
const RELOAD_PAUSE_MS = 5_000;
const CONNECT_TIMEOUT_MS = 5_000;
const CREDENTIALS_TIMEOUT_MS = 15_000;
const REQUEST_CONNECTIONS = 64;

/**
 * One cluster's address and credentials, through client-node's KubeConfig, so that every authentication method of a
 * kubeconfig works: tokens, token files, client certificates, exec plugins, OIDC. client-node would make a new connection
 * pool for every call; here pools live as long as the TLS material that they were made of.
 */
export class ClusterCredentials {
  private config?: Promise<KubeConfig>;
  private current?: Promise<ClusterAccess>;
  private expiresAt = 0;
  private reloadedAt = Number.NEGATIVE_INFINITY;
  private pools?: {
    readonly key: string;
    readonly tls: TlsOptions;
    readonly requests: Dispatcher;
    readonly streams: Dispatcher;
  };

  constructor(private readonly source: ClusterSource) {}

  /** @throws DomainError CLUSTER_UNAVAILABLE if the kubeconfig entry is broken or its credential plugin fails. */
  access(): Promise<ClusterAccess> {
    const now = monotonicNow();
    if (this.current === undefined || now >= this.expiresAt) {
      this.expiresAt = now + KEPT_MS;
      const attempt = this.resolve();
      this.current = attempt;
      attempt.catch(() => {
        if (this.current === attempt) this.current = undefined;
      });
    }
    return this.current;
  }

  /** After a 401: reads everything again, so that rotated tokens and files count. Says whether trying again is worth it. */
  renew(): boolean {
    const now = monotonicNow();
    if (now - this.reloadedAt < RELOAD_PAUSE_MS) return false;
    this.reloadedAt = now;
    this.config = undefined;
    this.current = undefined;
    return true;
  }

  async close(): Promise<void> {
    const pools = this.pools;
    this.pools = undefined;
    this.current = undefined;
    await Promise.all([pools?.requests.destroy(), pools?.streams.destroy()]);
  }

  private async resolve(): Promise<ClusterAccess> {
    const config = await this.load();
    const cluster = config.getCurrentCluster();
    if (!cluster?.server || !URL.canParse(cluster.server)) {
      throw clusterUnavailable(this.source.name, 'CONFIGURATION', undefined, 'it names no usable API server');
    }
    const url = new URL(cluster.server);
    if (url.protocol !== 'https:' && !cluster.skipTLSVerify) {
      throw clusterUnavailable(this.source.name, 'CONFIGURATION', undefined, 'its server URL must start with https://');
    }
    const options: RequestOptions = {};
    try {
      await withTimeout(config.applyToHTTPSOptions(options), CREDENTIALS_TIMEOUT_MS);
    } catch (cause) {
      // A plugin's own message may hold secrets: it stays in the cause, for the log.
      throw clusterUnavailable(this.source.name, 'CREDENTIALS', cause);
    }
    const { requests, streams, tls } = this.poolsFor(config, options);
    return {
      origin: url.origin,
      basePath: url.pathname.replace(/\/$/, ''),
      headers: headersOf(options),
      requests,
      streams,
      tls,
    };
  }

  private load(): Promise<KubeConfig> {
    this.config ??= this.read().catch((cause: unknown) => {
      this.config = undefined;
      throw clusterUnavailable(this.source.name, 'CONFIGURATION', cause);
    });
    return this.config;
  }

  private async read(): Promise<KubeConfig> {
    // Loaded on first use: it takes most of a second, which an API process that listens at once can't spend.
    const { KubeConfig } = await import('@kubernetes/client-node');
    const config = new KubeConfig();
    if (this.source.kind === 'in-cluster') {
      config.loadFromCluster();
    } else {
      config.loadFromFile(this.source.path, { onInvalidEntry: 'filter' });
      config.setCurrentContext(this.source.context);
    }
    return config;
  }

  private poolsFor(
    config: KubeConfig,
    options: RequestOptions,
  ): { tls: TlsOptions; requests: Dispatcher; streams: Dispatcher } {
    const { ca, cert, key, pfx, passphrase, servername, rejectUnauthorized } = options;
    const tls: TlsOptions = { ca, cert, key, pfx, passphrase, servername, rejectUnauthorized };
    const fingerprint = fingerprintOf([config.getCurrentCluster()?.proxyUrl, ...Object.values(tls)]);
    if (this.pools?.key !== fingerprint) {
      // The old pools close by themselves once their last stream has ended and their connections have gone idle.
      this.pools = {
        key: fingerprint,
        tls,
        requests: dispatcher(config, tls, REQUEST_CONNECTIONS),
        streams: dispatcher(config, tls, null),
      };
    }
    return this.pools;
  }
}

function dispatcher(config: KubeConfig, tls: TlsOptions, connections: number | null): Dispatcher {
  const cluster = config.getCurrentCluster();
  // Proxies, SOCKS among them, are client-node's to set up; it keeps this method private.
  if (cluster?.proxyUrl) {
    return (config as unknown as { createDispatcher(c: unknown, o: TlsOptions): Dispatcher }).createDispatcher(
      cluster,
      tls,
    );
  }
  const given = Object.fromEntries(Object.entries(tls).filter(([, value]) => value !== undefined));
  const connect = { ...given, timeout: CONNECT_TIMEOUT_MS, keepAlive: true, keepAliveInitialDelay: 30_000 };
  return new Agent({
    connect: resettingConnector({ ...connect, allowH2: false }),
    connections,
    allowH2: false,
    pipelining: 1,
  });
}

function headersOf(options: RequestOptions): Record<string, string> {
  const headers: Record<string, string> = {};
  for (const [name, value] of Object.entries(options.headers ?? {})) headers[name.toLowerCase()] = String(value).trim();
  if (options.auth) headers.authorization = `Basic ${Buffer.from(options.auth).toString('base64')}`;
  return headers;
}

function fingerprintOf(parts: readonly unknown[]): string {
  const hash = createHash('sha256');
  for (const part of parts) hash.update(`${part === undefined ? '-' : String(part)}\0`);
  return hash.digest('base64');
}

async function withTimeout<T>(work: Promise<T>, milliseconds: number): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error('obtaining credentials took too long')), milliseconds);
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}
