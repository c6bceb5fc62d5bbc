import type { Dispatcher } from 'undici';
import type { Permit } from '../../kernel/permit.js';

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
        if (statusCode >= 200) answered?.();
        handler.onResponseStart?.(controller, statusCode, headers, statusMessage);
      },
      onResponseData: (controller, chunk) => handler.onResponseData?.(controller, chunk),
      onResponseEnd: (controller, trailers) => handler.onResponseEnd?.(controller, trailers),
      onResponseError: (controller, error) => handler.onResponseError?.(controller, error),
    });
  });
}
