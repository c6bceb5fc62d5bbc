import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import { applyFault } from '../faults/apply-fault.js';
import { FaultInjector } from '../faults/fault-injector.js';
import { ApiError } from '../store/api-error.js';
import type { ObjectStore } from '../store/object-store.js';
import { RESOURCE_KINDS } from '../store/resource-kinds.js';
import { ApiExchange } from './api-exchange.js';
import { authenticate, authorize } from './authenticate.js';
import type { IssuedCertificate } from './certificate-authority.js';
import { ANONYMOUS, ClusterAccess } from './cluster-access.js';
import { discoveryDocument, VERSION_INFO } from './discovery.js';
import { KubeletForwarder } from './forward-to-kubelet.js';
import { OpenWatches } from './open-watches.js';
import { openApiDocument } from './openapi-documents.js';
import type { PodLogSource } from './pod-log-source.js';
import { allowedMs } from './request-deadline.js';
import { parseRequest, type RequestInfo } from './request-info.js';
import { RequestLog } from './request-log.js';
import { ResourceRouter } from './resource-router.js';
import { type KubeletControl, SimulationEndpoints } from './simulation-endpoints.js';

export interface ApiServerOptions {
  readonly store: ObjectStore;
  readonly access: ClusterAccess;
  readonly caCertificate: string;
  readonly serving: IssuedCertificate;
  readonly seed?: number;
  readonly bookmarkSeconds?: number;
}

const HEALTH_PATHS: ReadonlySet<string> = new Set(['/healthz', '/livez', '/readyz']);

/** The HTTPS front of the simulated cluster: faults, authentication, authorization, then the answer. */
export class ApiServer {
  readonly faults: FaultInjector;
  readonly requests = new RequestLog();
  readonly watches: OpenWatches;
  private readonly server: Server;
  private readonly sockets = new Set<Duplex>();
  private readonly router: ResourceRouter;
  private readonly simulation: SimulationEndpoints;
  private readonly kubelets: KubeletForwarder;

  constructor(private readonly options: ApiServerOptions) {
    const { store, access, caCertificate, serving } = options;
    this.faults = new FaultInjector(options.seed);
    this.watches = new OpenWatches(options.bookmarkSeconds ?? 15);
    const ownToken = access.addAdmin('system:kube-apiserver');
    this.kubelets = new KubeletForwarder(caCertificate, ownToken);
    this.router = new ResourceRouter(store, access, this.watches, this.requests, this.kubelets);
    this.simulation = new SimulationEndpoints(this.faults, this.requests, this.watches, access, (kind) =>
      this.expireVersions(kind),
    );
    this.server = createServer({ cert: serving.certificatePem, key: serving.privateKeyPem, noDelay: true });
    this.server.on('request', (request, response) => void this.handle(request, response));
    this.server.on('connection', (socket) => {
      this.sockets.add(socket);
      socket.on('close', () => this.sockets.delete(socket));
    });
    // Watches are silent for long, and clients keep connections for reuse.
    this.server.requestTimeout = 0;
    this.server.keepAliveTimeout = 90_000;
  }

  /** Where pod logs come from on nodes without a kubelet to forward to. */
  set podLogs(source: PodLogSource) {
    this.router.podLogs = source;
  }

  /** What `/simulation/kubelets/{node}` does. */
  set controlKubelet(control: KubeletControl) {
    this.simulation.controlKubelet = control;
  }

  /** Returns the port. */
  async listen(port = 0, host = '127.0.0.1'): Promise<number> {
    await new Promise<void>((resolve, reject) => {
      this.server.once('error', reject);
      this.server.listen(port, host, () => {
        this.server.off('error', reject);
        resolve();
      });
    });
    return (this.server.address() as AddressInfo).port;
  }

  /** Makes every version from before now too old, for watches and for lists that are being read page by page. */
  expireVersions(kind?: string): void {
    for (const known of RESOURCE_KINDS) if (!kind || known.kind === kind) this.options.store.compact(known.kind);
    this.router.snapshots.expireAll();
  }

  /** Stops at once, without waiting for anybody: also how a test makes the cluster go away. */
  async close(): Promise<void> {
    this.watches.close();
    this.kubelets.close();
    const closed = new Promise<void>((resolve) => this.server.close(() => resolve()));
    for (const socket of this.sockets) socket.destroy();
    await closed;
  }

  private async handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    let exchange = new ApiExchange(NOT_PARSED, ANONYMOUS, request, response);
    response.on('error', () => response.destroy());
    try {
      const info = parseRequest(request.method ?? 'GET', request.url ?? '/');
      exchange = new ApiExchange(info, authenticate(this.options.access, request), request, response);
      this.log(info, exchange.user.username, request, response);
      if (!(await this.passFaults(exchange))) return;
      authorize(this.options.access, exchange.user, info);
      await this.answer(exchange);
    } catch (error) {
      exchange.sendError(error);
    }
  }

  private async passFaults(exchange: ApiExchange): Promise<boolean> {
    const { info, request, response, user } = exchange;
    if (info.path.startsWith('/simulation/')) return true;
    const allowed = allowedMs(info);
    const effect = this.faults.strike({ ...info, user: user.username });
    if (!effect) return true;
    const expireWatch = () => this.watches.expire(response, 'too old resource version');
    return applyFault(effect, { request, response, target: info, allowedMs: allowed, expireWatch });
  }

  private async answer(exchange: ApiExchange): Promise<void> {
    const { path, resource } = exchange.info;
    if (resource) return this.router.answer(exchange);
    if (HEALTH_PATHS.has(path)) return exchange.sendText(200, 'ok');
    if (path === '/version' || path === '/version/') return exchange.send(200, VERSION_INFO);
    if (path.startsWith('/simulation/')) return this.simulation.answer(exchange);
    const document = discoveryDocument(path) ?? openApiDocument(path);
    if (!document) throw new ApiError(404, 'NotFound', 'the server could not find the requested resource');
    exchange.send(200, document);
  }

  private log(info: RequestInfo, user: string, { headers }: IncomingMessage, response: ServerResponse): void {
    if (info.path.startsWith('/simulation/')) return;
    const entry = this.requests.record(info, user, headers['user-agent'] ?? '');
    response.once('close', () => {
      entry.code = response.statusCode;
    });
  }
}

const NOT_PARSED: RequestInfo = parseRequest('GET', '/');
