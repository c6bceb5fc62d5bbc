import { Socket } from 'node:net';
import { buildConnector, errors } from 'undici';

type ConnectorOptions = buildConnector.BuildOptions & { readonly timeout: number };

/**
 * Ends with a reset whatever its end: the kernel forgets what it has not delivered. A socket that is merely closed leaves
 * that to the kernel, which goes on trying over a silent link for minutes after undici gave the request up.
 */
class ResettingSocket extends Socket {
  private resetting = false;
  private reason: Error | undefined;

  override destroy(error?: Error): this {
    // `resetAndDestroy` comes back here.
    if (this.resetting) return super.destroy(this.reason);
    if (this.destroyed || this.connecting || this.pending) return super.destroy(error);
    this.resetting = true;
    this.reason = error;
    return this.resetAndDestroy();
  }
}

/** Connects as undici does, TLS over a socket that is reset at its end. Plain HTTP, to a proxy on this machine, is left as it is. */
export function resettingConnector(options: ConnectorOptions): buildConnector.connector {
  const connect = buildConnector(options);
  return (target, callback) => {
    if (target.protocol !== 'https:') return connect(target, callback);
    const socket = new ResettingSocket();
    const fail = (error: Error) => {
      clearTimeout(timer);
      callback(error, null);
    };
    const timer = setTimeout(() => socket.destroy(new errors.ConnectTimeoutError()), options.timeout);
    socket.once('error', fail);
    socket.connect({ host: target.hostname, port: Number(target.port || 443) }, () => {
      clearTimeout(timer);
      socket.off('error', fail);
      connect({ ...target, httpSocket: socket }, callback);
    });
  };
}
