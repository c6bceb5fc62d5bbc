import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer, type Server } from 'node:https';
import { type AddressInfo, createServer as createTcpServer, type Socket, type Server as TcpServer } from 'node:net';
import type { Duplex } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { checkAccess, type KubeletAccess } from './kubelet-authorizer.js';
import type { KubeletContext } from './kubelet-context.js';
import { answerKubeletRequest } from './kubelet-endpoints.js';
import { GARBAGE, type KubeletFault } from './kubelet-fault.js';
import { sendText } from './send-text.js';

export interface ServingCertificate {
  certificatePem: string;
  privateKeyPem: string;
}

const KEPT_REQUESTS = 1000;
/** A TLS record: alert, fatal, internal_error. It is what Go answers where it has no certificate to show. */
const INTERNAL_ERROR = Buffer.from([0x15, 0x03, 0x03, 0x00, 0x02, 0x02, 0x50]);

/** The HTTPS port of one kubelet. It listens while the kubelet runs, and comes back on the same port. */
export class KubeletServer {
  /** Method and path of the last requests, whoever sent them. */
  readonly asked: string[] = [];
  private server?: TcpServer;
  private port = 0;
  private readonly sockets = new Set<Duplex>();
  /** Requests whose answers go on. */
  private readonly open = new Set<ServerResponse>();
  private current?: KubeletFault;

  constructor(
    readonly context: KubeletContext,
    private readonly access: KubeletAccess,
    private readonly certificate: ServingCertificate,
  ) {}

  get openRequests(): number {
    return this.open.size;
  }

  get fault(): KubeletFault | undefined {
    return this.current;
  }

  set fault(fault: KubeletFault | undefined) {
    this.current = fault;
    // A kubelet has no certificate from its start on: nobody holds a connection to it.
    if (fault?.kind === 'no-certificate') for (const socket of this.sockets) socket.destroy();
  }

  /** Returns the port. */
  async listen(): Promise<number> {
    if (this.server) return this.port;
    const { certificatePem, privateKeyPem } = this.certificate;
    const secure = createServer({ cert: certificatePem, key: privateKeyPem, noDelay: true });
    secure.on('request', (request, response) => void this.handle(request, response));
    secure.requestTimeout = 0;
    const server = createTcpServer({ noDelay: true }, (socket) => this.accept(secure, socket));
    server.unref();
    this.server = server;
    // Somebody else may have taken the port meanwhile; then any free one will do.
    await bind(server, this.port).catch(() => bind(server, 0));
    this.port = (server.address() as AddressInfo).port;
    return this.port;
  }

  /** Like a process that ends: connections are cut, and new ones are refused. */
  async close(): Promise<void> {
    const { server } = this;
    if (!server) return;
    this.server = undefined;
    const closed = new Promise<void>((resolve) => server.close(() => resolve()));
    for (const socket of this.sockets) socket.destroy();
    await closed;
  }

  private accept(secure: Server, socket: Socket): void {
    this.sockets.add(socket);
    socket.on('close', () => this.sockets.delete(socket));
    if (this.fault?.kind !== 'no-certificate') {
      secure.emit('connection', socket);
      return;
    }
    socket.on('error', () => socket.destroy());
    socket.once('data', () => socket.end(INTERNAL_ERROR));
  }

  private async handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    response.on('error', () => response.destroy());
    this.open.add(response);
    response.once('close', () => this.open.delete(response));
    this.asked.push(`${request.method} ${request.url}`);
    if (this.asked.length > KEPT_REQUESTS) this.asked.shift();
    try {
      if (!(await this.passFault(request, response))) return;
      if (!this.authorized(request, response)) return;
      await answerKubeletRequest(this.context, request, response);
    } catch (error) {
      if (response.headersSent) response.destroy();
      else sendText(response, 500, `Internal Error: ${error instanceof Error ? error.message : error}\n`);
    }
  }

  private authorized(request: IncomingMessage, response: ServerResponse): boolean {
    const refusal = checkAccess(this.access, this.context.nodeName, {
      method: request.method ?? 'GET',
      path: new URL(request.url ?? '/', 'https://kubelet').pathname,
      token: /^bearer\s+(\S+)$/i.exec(request.headers.authorization ?? '')?.[1],
      anonymousAllowed: this.context.host.kubelet?.config.authentication?.anonymous?.enabled === true,
    });
    if (refusal) sendText(response, refusal.status, refusal.message);
    return !refusal;
  }

  /** False when a fault took the request over. */
  private async passFault(request: IncomingMessage, response: ServerResponse): Promise<boolean> {
    const { fault } = this;
    if (!fault || (fault.pathPrefix && !request.url?.startsWith(fault.pathPrefix))) return true;
    if (fault.remaining !== undefined) {
      fault.remaining -= 1;
      if (fault.remaining <= 0) this.fault = undefined;
    }
    switch (fault.kind) {
      case 'hang':
      case 'no-certificate':
        return false;
      case 'error':
        sendText(response, fault.status ?? 500, 'Internal Error: simulated fault\n');
        return false;
      case 'garbage':
        sendText(response, 200, GARBAGE, 'application/json');
        return false;
      case 'slow':
        await sleep(fault.delayMs ?? 1_000);
        return true;
      case 'drop':
        return dropAfter(response, fault.afterBytes ?? 0);
    }
  }
}

/** Lets so many bytes of the answer through and cuts the connection then. */
function dropAfter(response: ServerResponse, bytes: number): boolean {
  if (bytes === 0) {
    response.destroy();
    return false;
  }
  let left = bytes;
  const write = response.write.bind(response) as (chunk: Buffer) => boolean;
  response.write = ((chunk: string | Buffer) => {
    const data = Buffer.from(chunk as string);
    const passed = data.subarray(0, left);
    left -= passed.length;
    const more = write(passed);
    if (left <= 0) setImmediate(() => response.destroy());
    return more;
  }) as typeof response.write;
  const end = response.end.bind(response) as () => ServerResponse;
  response.end = ((chunk?: string | Buffer) => {
    if (chunk) response.write(chunk);
    return left > 0 ? end() : response;
  }) as typeof response.end;
  return true;
}

function bind(server: TcpServer, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', () => {
      server.off('error', reject);
      resolve();
    });
  });
}
