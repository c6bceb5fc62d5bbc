import { once } from 'node:events';
import { createServer, type Server, type ServerResponse } from 'node:http';
import {
  type BeforeApplicationShutdown,
  Inject,
  Injectable,
  type OnApplicationBootstrap,
  type OnApplicationShutdown,
} from '@nestjs/common';
import type { AppConfig } from '../../config/app-config.js';
import { APP_CONFIG } from '../../config/config.module.js';
import { StartupError } from '../../kernel/startup-error.js';
import { Logger } from '../telemetry/logger.js';
import { Metrics } from '../telemetry/metrics.js';
import { ReadinessChecks, readinessOf } from './readiness-check.js';

const PATHS = ['/healthz', '/readyz', '/metrics'];

/** What a worker answers on its own port: probes and metrics, and nothing else. Not ready from the moment it is asked to stop. */
@Injectable()
export class WorkerProbes implements OnApplicationBootstrap, BeforeApplicationShutdown, OnApplicationShutdown {
  private server: Server | null = null;
  private stops = false;

  constructor(
    @Inject(APP_CONFIG) private readonly config: AppConfig,
    private readonly checks: ReadinessChecks,
    private readonly metrics: Metrics,
    private readonly logger: Logger,
  ) {}

  /** @throws StartupError where the port is taken */
  async onApplicationBootstrap(): Promise<void> {
    const { probePort } = this.config.worker;
    if (probePort === null) return;
    const server = createServer({ requestTimeout: 5_000, headersTimeout: 5_000 }, (request, response) => {
      const [path = ''] = (request.url ?? '').split('?', 1);
      this.answer(request.method ?? '', path, response).catch((error: unknown) => {
        this.logger.warn({ err: error }, 'a probe could not be answered');
        response.destroy();
      });
    });
    server.listen(probePort, this.config.http.host);
    try {
      await once(server, 'listening');
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EADDRINUSE') throw error;
      throw new StartupError(`port ${probePort} is in use: set WORKER_PORT to another one`);
    }
    this.server = server;
    this.logger.info({ port: (server.address() as { port: number }).port }, 'probes and metrics listen');
  }

  beforeApplicationShutdown(): void {
    this.stops = true;
  }

  onApplicationShutdown(): void {
    this.server?.close();
    this.server?.closeAllConnections();
  }

  private async answer(method: string, path: string, response: ServerResponse): Promise<void> {
    response.setHeader('cache-control', 'no-store');
    if (!PATHS.includes(path)) return send(response, 404, { status: 'not found', paths: PATHS });
    if (method !== 'GET' && method !== 'HEAD') {
      response.setHeader('allow', 'GET, HEAD');
      return send(response, 405, { status: 'method not allowed' });
    }
    if (path === '/healthz') return send(response, 200, { status: 'ok' });
    if (path === '/metrics') {
      response.setHeader('content-type', this.metrics.registry.contentType);
      response.end(await this.metrics.registry.metrics());
      return;
    }
    if (this.stops) return send(response, 503, { status: 'stopping' });
    const { ok, body } = readinessOf(await this.checks.run());
    send(response, ok ? 200 : 503, body);
  }
}

function send(response: ServerResponse, status: number, body: object): void {
  response.writeHead(status, { 'content-type': 'application/json; charset=utf-8' }).end(JSON.stringify(body));
}
