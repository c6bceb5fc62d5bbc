import { readFileSync } from 'node:fs';
import { isIP } from 'node:net';
import { Inject, Injectable, type OnApplicationShutdown } from '@nestjs/common';
import { Agent, type Dispatcher } from 'undici';
import type { AppConfig } from '../../../config/app-config.js';
import { APP_CONFIG } from '../../../config/config.module.js';
import { nodeNotFound } from '../../../kernel/absent-resource.js';
import { DomainError } from '../../../kernel/domain-error.js';
import { ipAddressOf } from '../../../kernel/ip-address.js';
import { monotonicNow } from '../../../kernel/monotonic.js';
import { StartupError } from '../../../kernel/startup-error.js';
import { ClusterConnections } from '../cluster-connections.js';
import type { ClusterAccess, TlsOptions } from '../cluster-credentials.js';
import type { Node } from '../kube-objects.js';
import { KubernetesApiError } from '../kubernetes-api-error.js';
import { kubernetesDomainError } from '../kubernetes-domain-error.js';
import { objectName } from '../object-name.js';
import { resettingConnector } from '../resetting-connector.js';
import { pendingServingRequest } from '../signing-requests.js';
import { type KubeletTarget, KubeletUncertified, kubeletUnavailable } from './kubelet-failure.js';

/** Where and how one kubelet is spoken to. */
export interface KubeletConnection {
  /** What the path of an endpoint is appended to. */
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly dispatcher: Dispatcher;
  /** The address was remembered: a failure to connect may only mean that it has changed. */
  readonly remembered: boolean;
}

interface KnownAddress {
  readonly origin: string;
  readonly until: number;
}

const REMEMBERED_MS = 30_000;
const MAX_REMEMBERED = 20_000;
const CONNECT_TIMEOUT_MS = 5_000;
const CONNECTIONS_PER_KUBELET = 8;
const ADDRESS_TYPES = ['InternalIP', 'InternalDNS', 'Hostname', 'ExternalIP'];
const HOST_NAME = /^[A-Za-z0-9]([-A-Za-z0-9.]{0,251}[A-Za-z0-9])?$/;

/**
 * The two ways to a kubelet. Direct: its own port with the service's token; the kubelet asks the cluster whether the
 * token may, endpoint by endpoint. Proxy: through the API server, which needs the broad right nodes/proxy.
 */
@Injectable()
export class KubeletConnections implements OnApplicationShutdown {
  private readonly addresses = new Map<string, KnownAddress>();
  private readonly agents = new Map<string, { tls: TlsOptions; requests: Agent; streams: Agent }>();
  private readonly kubeletCa?: string;

  constructor(
    private readonly clusters: ClusterConnections,
    @Inject(APP_CONFIG) private readonly config: AppConfig,
  ) {
    const { kubeletCaFile } = config.kubernetes;
    if (kubeletCaFile !== null) this.kubeletCa = readCa(kubeletCaFile);
  }

  async connect(target: KubeletTarget, pool: 'requests' | 'streams'): Promise<KubeletConnection> {
    const { cluster, node } = target;
    const access = await this.clusters.credentials(cluster).access();
    if (this.config.kubernetes.kubeletTransport === 'proxy') {
      const url = `${access.origin}${access.basePath}/api/v1/nodes/${safeName(target)}/proxy`;
      return { url, headers: access.headers, dispatcher: access[pool], remembered: false };
    }
    const key = `${cluster}/${node}`;
    const known = this.addresses.get(key);
    const remembered = known !== undefined && known.until > monotonicNow();
    const origin = remembered ? known.origin : originOf(target, await this.read(target));
    if (!remembered) {
      if (this.addresses.size >= MAX_REMEMBERED) this.addresses.clear();
      this.addresses.set(key, { origin, until: monotonicNow() + REMEMBERED_MS });
    }
    const dispatcher = this.agentsOf(cluster, access)[pool];
    return { url: origin, headers: access.headers, dispatcher, remembered };
  }

  forget({ cluster, node }: KubeletTarget): void {
    this.addresses.delete(`${cluster}/${node}`);
  }

  /** After a 401: whether reading the credentials again may help. */
  renew({ cluster }: KubeletTarget): boolean {
    return this.clusters.credentials(cluster).renew();
  }

  /** Names the request that a kubelet without a certificate waits for. */
  async explain(target: KubeletTarget, error: KubeletUncertified): Promise<KubeletUncertified> {
    const request = await pendingServingRequest(this.clusters.get(target.cluster), target.node);
    return new KubeletUncertified(target, error.cause, request);
  }

  async onApplicationShutdown(): Promise<void> {
    const agents = [...this.agents.values()];
    this.agents.clear();
    await Promise.all(agents.flatMap(({ requests, streams }) => [requests.destroy(), streams.destroy()]));
  }

  private async read(target: KubeletTarget): Promise<Node> {
    try {
      return await this.clusters.api(target.cluster).getNode(safeName(target));
    } catch (error) {
      if (error instanceof KubernetesApiError && error.status === 404) throw unknownNode(target);
      throw kubernetesDomainError(error);
    }
  }

  private agentsOf(cluster: string, access: ClusterAccess): { requests: Agent; streams: Agent } {
    const found = this.agents.get(cluster);
    if (found?.tls === access.tls) return found;
    const { cert, key, pfx, passphrase } = access.tls;
    const given = { ca: this.kubeletCa ?? access.tls.ca, cert, key, pfx, passphrase };
    const tls = Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined));
    const agent = (connections: number | null) =>
      new Agent({
        // Always verified, also where a kubeconfig says to trust any API server: the token must not go to a stranger.
        connect: resettingConnector({ ...tls, rejectUnauthorized: true, timeout: CONNECT_TIMEOUT_MS, allowH2: false }),
        connections,
        allowH2: false,
        pipelining: 1,
        keepAliveTimeout: 10_000,
      });
    const made = { tls: access.tls, requests: agent(CONNECTIONS_PER_KUBELET), streams: agent(null) };
    this.agents.set(cluster, made);
    return made;
  }
}

function safeName(target: KubeletTarget): string {
  try {
    return objectName(target.node);
  } catch {
    throw unknownNode(target);
  }
}

const unknownNode = ({ cluster, node }: KubeletTarget): DomainError => nodeNotFound(cluster, node);

/** The node's own words about itself: only what is a plain address and port gets into a URL. */
function originOf(target: KubeletTarget, { status }: Node): string {
  const port = status.daemonEndpoints?.kubeletEndpoint?.Port ?? 0;
  const addresses = status.addresses ?? [];
  const found = ADDRESS_TYPES.map((type) => addresses.find((address) => address.type === type)?.address).find(
    (address) => address !== undefined && (ipAddressOf(address) !== undefined || HOST_NAME.test(address)),
  );
  if (found === undefined || !Number.isInteger(port) || port < 1 || port > 65_535) {
    throw kubeletUnavailable(target, 'NO_ADDRESS', 'the node publishes no address and port for it');
  }
  return `https://${isIP(found) === 6 ? `[${found}]` : found}:${port}`;
}

function readCa(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    throw new StartupError(`KUBELET_CA_FILE names ${path}, which can't be read: set it to a PEM file`);
  }
}
