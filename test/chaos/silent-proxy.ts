import { createConnection, createServer, type Server, type Socket } from 'node:net';

/** A TCP proxy that can stop passing bytes, both ways, while every connection stays open: a link that went silent. */
export class SilentProxy {
  private readonly sockets = new Set<Socket>();
  private isSilent = false;

  private constructor(
    private readonly server: Server,
    readonly port: number,
  ) {}

  static start(target: { readonly host: string; readonly port: number }): Promise<SilentProxy> {
    return new Promise((resolve, reject) => {
      const server = createServer((near) => proxy.join(near, createConnection(target.port, target.host)));
      let proxy: SilentProxy;
      server.once('error', reject);
      server.listen(0, '127.0.0.1', () => {
        const address = server.address();
        proxy = new SilentProxy(server, typeof address === 'object' && address ? address.port : 0);
        resolve(proxy);
      });
    });
  }

  /** What was sent meanwhile is passed on when it ends, as a network does with packets that were held up. */
  set silent(silent: boolean) {
    this.isSilent = silent;
    for (const socket of this.sockets) {
      if (silent) socket.pause();
      else socket.resume();
    }
  }

  async stop(): Promise<void> {
    for (const socket of this.sockets) socket.destroy();
    await new Promise((resolve) => this.server.close(resolve));
  }

  private join(near: Socket, far: Socket): void {
    for (const [from, to] of [
      [near, far],
      [far, near],
    ] as const) {
      this.sockets.add(from);
      from.on('data', (bytes) => to.write(bytes));
      from.on('end', () => to.end());
      from.on('error', () => to.destroy());
      from.on('close', () => {
        this.sockets.delete(from);
        to.destroy();
      });
      if (this.isSilent) from.pause();
    }
  }
}
