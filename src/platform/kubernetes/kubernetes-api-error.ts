import type { KubeStatus, StatusCause } from './kube-answers.js';

/** A request that the API server answered with a failure. `message` is the server's own text: for logs and decisions, not for callers. */
export class KubernetesApiError extends Error {
  override readonly name = 'KubernetesApiError';

  constructor(
    readonly cluster: string,
    readonly request: string,
    readonly status: number,
    /** The server's machine-readable reason: `NotFound`, `Conflict`, `TooManyRequests`, `Expired` …, empty if it gave none. */
    readonly reason: string,
    message: string,
    readonly causes: readonly StatusCause[] = [],
    readonly retryAfterSeconds?: number,
    /** False when something in front of the API server answered in its place. */
    readonly isStatus = true,
  ) {
    super(message);
  }

  /** From an answer's parts. Proxies in between answer with text that is no Status: then only the code is kept. */
  static from(
    cluster: string,
    request: string,
    status: number,
    body: string,
    retryAfter: string | string[] | undefined,
  ): KubernetesApiError {
    const parsed = parseStatus(body);
    const header = Number(Array.isArray(retryAfter) ? retryAfter[0] : retryAfter);
    const seconds = parsed?.details?.retryAfterSeconds ?? (header > 0 ? header : undefined);
    const message = parsed?.message ?? `the API server answered ${status}`;
    return new KubernetesApiError(
      cluster,
      request,
      status,
      parsed?.reason ?? '',
      message,
      parsed?.details?.causes ?? [],
      seconds,
      parsed !== undefined,
    );
  }

  /** From the ERROR event of a watch. */
  static fromStatus(cluster: string, request: string, status: KubeStatus): KubernetesApiError {
    const { code, reason, message, details } = status;
    return new KubernetesApiError(
      cluster,
      request,
      code ?? 500,
      reason ?? '',
      message ?? 'the watch ended with an error',
      details?.causes ?? [],
      details?.retryAfterSeconds,
    );
  }

  /** A list or watch can't go on from where it was: the version it names is compacted away. */
  get isExpired(): boolean {
    return this.status === 410 || this.reason === 'Expired' || this.reason === 'Gone';
  }

  hasCause(reason: string): boolean {
    return this.causes.some((cause) => cause.reason === reason);
  }
}

function parseStatus(body: string): KubeStatus | undefined {
  if (!body.startsWith('{')) return undefined;
  try {
    const parsed = JSON.parse(body) as KubeStatus;
    return parsed.kind === 'Status' ? parsed : undefined;
  } catch {
    return undefined;
  }
}
