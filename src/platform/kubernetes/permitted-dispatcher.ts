import type { Dispatcher } from 'undici';
import type { Permit } from '../../kernel/permit.js';

/** A server that gives a request up half way, or one before it, says nothing of whether it is still carried out. */
const isFinal = (status: number): boolean => status >= 200 && status < 500 && status !== 408;

/**
 * Asks the permit in the same tick in which undici writes the request to the socket: waiting for a connection, for the
 * pool's turn or for a process that was stopped can't come in between.
 */
export function permittedDispatcher(dispatcher: Dispatcher, permit: Permit): Dispatcher {
  return dispatcher.compose((dispatch) => (options, handler) => {
    let answered: (() => void) | undefined;
    return dispatch(options, {
      onRequestStart(controller, context) {
        answered = permit.admit();
        handler.onRequestStart?.(controller, context);
      },
      onResponseStart(controller, statusCode, headers, statusMessage) {
        if (isFinal(statusCode)) answered?.();
        handler.onResponseStart?.(controller, statusCode, headers, statusMessage);
      },
      onResponseData: (controller, chunk) => handler.onResponseData?.(controller, chunk),
      onResponseEnd: (controller, trailers) => handler.onResponseEnd?.(controller, trailers),
      onResponseError: (controller, error) => handler.onResponseError?.(controller, error),
    });
  });
}
