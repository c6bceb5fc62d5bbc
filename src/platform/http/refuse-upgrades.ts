import type { IncomingMessage, Server } from 'node:http';
import type { Duplex } from 'node:stream';

/** The one path with another protocol, whose own server refuses what it does not speak. */
const UPGRADED_PATH = '/graphql';
const BODY = 'This path speaks HTTP/1.1 only.\n';
const REFUSAL = [
  'HTTP/1.1 426 Upgrade Required',
  'Connection: close',
  'Upgrade: HTTP/1.1',
  'Content-Type: text/plain; charset=utf-8',
  `Content-Length: ${BODY.length}`,
  '',
  BODY,
].join('\r\n');

/** Refuses every other protocol at once. Node hands such a connection over and forgets it: unanswered, it stays for ever. */
export function refuseUpgrades(server: Server): void {
  server.on('upgrade', ({ url = '' }: IncomingMessage, socket: Duplex) => {
    // Whoever leaves before the answer must not end the process.
    socket.on('error', () => socket.destroy());
    if (url.startsWith(UPGRADED_PATH)) return;
    socket.end(REFUSAL, () => socket.destroy());
  });
}
