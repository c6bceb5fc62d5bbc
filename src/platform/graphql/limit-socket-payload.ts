import type { AbstractGraphQLDriver } from '@nestjs/graphql';

interface WithSocketServer {
  _subscriptionService?: { wss?: { options: { maxPayload?: number } } };
}

/**
 * Bounds the messages of GraphQL sockets. Nest makes the socket server itself and has no option for it: without this, one
 * message may have 100 MiB, which is parsed before any limit of ours is asked.
 * @throws Error if the library has moved the socket server, so that an update can't lift the limit silently
 */
export function limitSocketPayload(driver: AbstractGraphQLDriver, bytes: number): void {
  const options = (driver as unknown as WithSocketServer)._subscriptionService?.wss?.options;
  if (!options) throw new Error('the GraphQL socket server is not where it was: its payload limit can not be set');
  options.maxPayload = bytes;
}
