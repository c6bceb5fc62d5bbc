import type { ServerResponse } from 'node:http';
import type { Node, Pod } from '../controllers/kube-types.js';
import type { RunningControllers } from '../controllers/start-controllers.js';
import type { HostFleet } from '../host/host-fleet.js';
import type { SimulatedHost, StartFault } from '../host/simulated-host.js';
import type { KubeObject } from '../store/kube-object.js';
import { Journal } from './journal.js';
import type { KubeletAccess } from './kubelet-authorizer.js';
import type { KubeletContext } from './kubelet-context.js';
import type { KubeletFault } from './kubelet-fault.js';
import { KubeletServer, type ServingCertificate } from './kubelet-server.js';
import { serveContainerLogs } from './serve-container-logs.js';

const CERTIFICATE_DAYS = 365;

/** Issues serving certificates by the cluster's CA. */
export abstract class ServingCertificateIssuer {
  abstract issue(request: {
    commonName: string;
    organization: string;
    dnsNames: string[];
    ipAddresses: string[];
    days: number;
  }): Promise<ServingCertificate>;
}

/** What a test may change about a node's kubelet; absent leaves as it is, null takes a fault away. */
export interface KubeletControl {
  fault?: KubeletFault | null;
  startFault?: StartFault | null;
  /** False makes log queries fall back to files although the configuration says otherwise. */
  logQuery?: boolean;
  /** Text that answers every log query; null for the journal again. */
  logAnswer?: string | null;
  /** The machine's time zone, language, log service and kubelet unit. */
  host?: Partial<Pick<SimulatedHost, 'timeZone' | 'locale' | 'journald' | 'kubeletUnit'>>;
  logRate?: { unit: string; linesPerSecond: number };
  kubelet?: 'start' | 'stop' | 'restart';
}

/** One kubelet with its own HTTPS port per node. Follows nodes that come and go, and kubelets that stop and start. */
export class KubeletFleet {
  private readonly servers = new Map<string, KubeletServer>();
  private readonly pending = new Set<Promise<void>>();

  constructor(
    private readonly controllers: RunningControllers,
    private readonly hosts: HostFleet,
    private readonly access: KubeletAccess,
    private readonly issuer: ServingCertificateIssuer,
  ) {}

  /** Starts a kubelet for each node; resolves when all listen and the nodes say where. */
  async start(): Promise<void> {
    const { client } = this.controllers.runtime;
    this.controllers.runtime.onStop(
      client.subscribe('Node', ({ type, object }) => {
        if (type === 'ADDED') this.track(this.addNode(object));
        if (type === 'DELETED') this.track(this.removeNode(object.metadata.name));
      }),
    );
    this.controllers.runtime.onStop(
      this.hosts.onKubeletChange((host) => this.track(this.followState(host.nodeName, host.state === 'running'))),
    );
    await Promise.all(client.list('Node').map((node) => this.addNode(node)));
  }

  server(nodeName: string): KubeletServer | undefined {
    return this.servers.get(nodeName);
  }

  /** Resolves when what was asked for has happened. */
  async control(nodeName: string, change: KubeletControl): Promise<void> {
    const server = this.servers.get(nodeName);
    if (!server) throw new Error(`No kubelet runs for node ${nodeName}`);
    const host = this.hosts.of(nodeName);
    if (change.fault !== undefined) server.fault = change.fault ?? undefined;
    if (change.startFault !== undefined) host.startFault = change.startFault ?? undefined;
    if (change.logQuery !== undefined) server.context.logQueryOff = !change.logQuery;
    if (change.logAnswer !== undefined) server.context.logAnswer = change.logAnswer ?? undefined;
    if (change.host) Object.assign(host, change.host);
    if (change.logRate) server.context.journal.setRate(change.logRate.unit, change.logRate.linesPerSecond);
    if (change.kubelet === 'stop') host.stopKubelet();
    if (change.kubelet === 'start') host.startKubelet();
    if (change.kubelet === 'restart') await this.hosts.restartKubelet(nodeName);
    await this.settled();
  }

  /** Serves `pods/log` where no kubelet can be asked; has the shape of the API server's PodLogSource. */
  async writeLogs(pod: KubeObject, container: string, query: URLSearchParams, response: ServerResponse): Promise<void> {
    const typed = pod as unknown as Pod;
    const source = {
      podIsGone: (item: Pod) => this.podIsGone(item),
      hostOutputOf: (uid: string) => this.controllers.lifecycle.hostOutputOf(uid),
      now: Date.now,
    };
    await serveContainerLogs(source, typed, { pod: typed.metadata.name, container }, query, response);
  }

  async close(): Promise<void> {
    await this.settled();
    await Promise.all([...this.servers.values()].map((server) => server.close()));
    this.servers.clear();
  }

  private async settled(): Promise<void> {
    while (this.pending.size > 0) await Promise.allSettled([...this.pending]);
  }

  private track(work: Promise<void>): void {
    const tracked = work.finally(() => this.pending.delete(tracked));
    this.pending.add(tracked);
  }

  private async addNode(node: Node): Promise<void> {
    const { name } = node.metadata;
    if (this.servers.has(name)) return;
    const certificate = await this.issuer.issue({
      commonName: `system:node:${name}`,
      organization: 'system:nodes',
      dnsNames: [name],
      ipAddresses: ['127.0.0.1'],
      days: CERTIFICATE_DAYS,
    });
    const server = new KubeletServer(this.contextOf(name), this.access, certificate);
    this.servers.set(name, server);
    if (this.hosts.of(name).state === 'running') await this.listen(server);
  }

  private async removeNode(name: string): Promise<void> {
    const server = this.servers.get(name);
    this.servers.delete(name);
    this.hosts.forget(name);
    await server?.close();
  }

  private async followState(name: string, running: boolean): Promise<void> {
    const server = this.servers.get(name);
    if (!server) return;
    if (running) await this.listen(server);
    else await server.close();
    this.controllers.presence.set(name, running);
  }

  private async listen(server: KubeletServer): Promise<void> {
    const port = await server.listen();
    const { client } = this.controllers.runtime;
    const node = client.get('Node', undefined, server.context.nodeName);
    if (!node) return;
    const pods = String(server.context.host.kubelet?.config.maxPods ?? 110);
    client.change('Node', node, (current) => ({
      ...current,
      status: {
        ...current.status,
        capacity: { ...current.status.capacity, pods },
        allocatable: { ...current.status.allocatable, pods },
        daemonEndpoints: { kubeletEndpoint: { Port: port } },
      },
    }));
  }

  private contextOf(nodeName: string): KubeletContext {
    const host = this.hosts.of(nodeName);
    const { client } = this.controllers.runtime;
    return {
      nodeName,
      host,
      journal: new Journal(host),
      node: () => client.get('Node', undefined, nodeName),
      pods: () => client.podsOnNode(nodeName),
      hostOutputOf: (uid) => this.controllers.lifecycle.hostOutputOf(uid),
      podIsGone: (pod) => this.podIsGone(pod),
      certificateExpiresAt: new Date(Date.now() + CERTIFICATE_DAYS * 24 * 3600 * 1000),
      logQueryOff: false,
      now: Date.now,
    };
  }

  private podIsGone(pod: Pod): boolean {
    const { namespace, name, uid } = pod.metadata;
    const current = this.controllers.runtime.client.get('Pod', namespace, name);
    return current?.metadata.uid !== uid || ['Succeeded', 'Failed'].includes(current?.status.phase ?? '');
  }
}
