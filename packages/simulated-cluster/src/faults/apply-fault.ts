import type { IncomingMessage, ServerResponse } from 'node:http';
import { setTimeout as wait } from 'node:timers/promises';
import { deadlineExceeded } from '../api/request-deadline.js';
import { ApiError } from '../store/api-error.js';
import { admissionRefusal } from './admission-refusal.js';
import type { FaultEffect, FaultTarget } from './fault-injector.js';

const MESSAGES: Readonly<Record<number, { readonly reason: string; readonly message: string }>> = {
  403: { reason: 'Forbidden', message: 'admission webhook "guard.simulation.node-steward.dev" denied the request' },
  409: {
    reason: 'Conflict',
    message: 'the object has been modified; please apply your changes to the latest version and try again',
  },
  429: { reason: 'TooManyRequests', message: 'too many requests, please try again later' },
  500: { reason: 'InternalError', message: 'Internal error occurred: etcdserver: request timed out' },
  503: { reason: 'ServiceUnavailable', message: 'the server is currently unable to handle the request' },
  504: { reason: 'Timeout', message: 'Timeout: request did not complete within the allotted timeout' },
};

export interface StruckRequest {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly target: Pick<FaultTarget, 'resource' | 'name'>;
  /** The server ends a request that takes longer, and does nothing of it. */
  readonly allowedMs: number;
  readonly expireWatch: () => void;
}

/** Returns whether the request may go on: not for a client that has gone meanwhile. */
export async function applyFault(effect: FaultEffect, struck: StruckRequest): Promise<boolean> {
  const { request, response, allowedMs, expireWatch } = struck;
  const { delayMs = 0 } = effect;
  if (delayMs > 0) await wait(Math.min(delayMs, allowedMs));
  if (effect.neverAnswer) return false;
  if (delayMs > allowedMs) throw deadlineExceeded();
  if (effect.dropConnection) {
    request.socket.destroy();
    return false;
  }
  if (effect.admission) throw admissionRefusal(effect.admission, struck.target);
  if (effect.status) throw failure(effect, effect.status);
  if (effect.withholdAnswer) withholdAnswer(response);
  if (effect.dropAfter) cutWhenAnswered(response);
  if (effect.dropWatchAfterMs !== undefined) later(response, effect.dropWatchAfterMs, () => response.destroy());
  if (effect.expireWatchAfterMs !== undefined) later(response, effect.expireWatchAfterMs, expireWatch);
  return !response.destroyed;
}

function failure(effect: FaultEffect, status: number): ApiError {
  const known = MESSAGES[status] ?? { reason: 'InternalError', message: `injected status ${status}` };
  const retryAfterSeconds = effect.retryAfterSeconds ?? (status === 429 ? 1 : undefined);
  return new ApiError(status, effect.reason ?? known.reason, effect.message ?? known.message, { retryAfterSeconds });
}

/** Work is done, and the client waits until it gives up. */
function withholdAnswer(response: ServerResponse): void {
  response.writeHead = () => response;
  response.end = () => response;
}

/** Work is done, but not a byte of the answer arrives. */
function cutWhenAnswered(response: ServerResponse): void {
  response.writeHead = () => {
    response.destroy();
    return response;
  };
}

function later(response: ServerResponse, milliseconds: number, action: () => void): void {
  const timer = setTimeout(action, milliseconds);
  response.once('close', () => clearTimeout(timer));
}
