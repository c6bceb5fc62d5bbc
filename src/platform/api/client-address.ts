import type { IncomingMessage } from 'node:http';
import proxyAddr from '@fastify/proxy-addr';
import { Inject, Injectable } from '@nestjs/common';
import type { AppConfig } from '../../config/app-config.js';
import { APP_CONFIG } from '../../config/config.module.js';
import { ipAddressOf } from '../../kernel/ip-address.js';

type Trust = (address: string, hop: number) => boolean;

/** Which senders of X-Forwarded-For are believed, as Fastify wants it: so many nearest ones, or those with an address. */
export function trustOf(proxies: AppConfig['http']['trustProxy']): Trust {
  if (proxies === false) return () => false;
  if (typeof proxies === 'number') return (_address, hop) => hop < proxies;
  return proxyAddr.compile([...proxies]);
}

/** The address of the client of a request, over HTTP and sockets alike. */
@Injectable()
export class ClientAddress {
  private readonly trust: Trust;

  constructor(@Inject(APP_CONFIG) config: AppConfig) {
    this.trust = trustOf(config.http.trustProxy);
  }

  /** The farthest address that a trusted proxy vouches for; what is no address ends the chain. */
  of(request: IncomingMessage): string | undefined {
    let address: string | undefined;
    for (const text of proxyAddr.all(request, this.trust) as (string | undefined)[]) {
      // Of a client that has gone nothing is known.
      if (text === undefined) break;
      // The socket's own address may name the zone of a link.
      const next = ipAddressOf(address === undefined ? text.replace(/%.*$/, '') : text);
      if (next === undefined) break;
      address = next;
    }
    return address;
  }
}
