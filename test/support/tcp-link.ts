import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';

/** A way to a server that can be cut and given back, at an address that stays the same. */
export class TcpLink {
  private readonly sockets = new Set<Socket>();
  private server: Server;

  private constructor(
    private readonly target: { readonly host: string; readonly port: number },
    readonly port: number,
    server: Server,
  ) {
    this.server = server;
    server.on('connection', (socket) => this.join(socket));
  }

  /** @param url whose host and port are taken: the link's `url` is the same with its own */
  static async to(url: string): Promise<TcpLink> {
    const { hostname, port } = new URL(url);
    const server = createServer();
    await once(server.listen(0, '127.0.0.1'), 'listening');
    return new TcpLink({ host: hostname, port: Number(port) }, (server.address() as AddressInfo).port, server);
  }

  urlOf(url: string): string {
    const through = new URL(url);
    through.host = `127.0.0.1:${this.port}`;
    return through.href;
  }

  /** Connections end, new ones are refused: the server is gone. */
  async cut(): Promise<void> {
    const closed = once(this.server, 'close');
    this.server.close();
    for (const socket of this.sockets) socket.destroy();
    await closed;
  }

  async restore(): Promise<void> {
    this.server = createServer((socket) => this.join(socket));
    await once(this.server.listen(this.port, '127.0.0.1'), 'listening');
  }

  async close(): Promise<void> {
    if (this.server.listening) await this.cut();
  }

  private join(near: Socket): void {
    // Taken off the backlog after the cut.
    if (!this.server.listening) {
      near.destroy();
      return;
    }
    const far = connect(this.target);
    for (const [socket, other] of [
      [near, far],
      [far, near],
    ] as const) {
      this.sockets.add(socket);
      socket.on('error', () => other.destroy());
      socket.on('close', () => {
        this.sockets.delete(socket);
        other.destroy();
      });
    }
    near.pipe(far).pipe(near);
  }
}
