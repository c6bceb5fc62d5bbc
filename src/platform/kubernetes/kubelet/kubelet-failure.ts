import { nodeNotFound } from '../../../kernel/absent-resource.js';
import { DomainError } from '../../../kernel/domain-error.js';
import { causeOfTransportError, type UnavailableCause } from '../cluster-unavailable.js';
import type { KubeletEndpoint } from './kubelet-endpoint.js';

export interface KubeletTarget {
  readonly cluster: string;
  readonly node: string;
}

const SENTENCES: Partial<Record<UnavailableCause, string>> = {
  CONNECTION_REFUSED: 'it refuses connections, so it is probably not running',
  NAME_NOT_RESOLVED: "its host name can't be resolved",
  UNREACHABLE: 'there is no route to it',
  TIMEOUT: "it didn't answer in time",
  CONNECTION_LOST: 'the connection to it was lost',
  TLS: "its serving certificate can't be trusted: it is not signed by the expected CA or is for another address",
  UNEXPECTED_ANSWER: 'it answered something that a kubelet would not',
  SERVER_ERROR: 'it reports an error of its own',
};

/** What a kubelet that waits for its certificate answers to TLS, in the words of Go and in those of OpenSSL. */
const REFUSES_TLS = 'remote error: tls: internal error';
const REFUSED_TLS = /TLSV1_ALERT_INTERNAL_ERROR|tlsv1 alert internal error/;

/** The DomainError of a kubelet that can't be asked. */
export function kubeletUnavailable(
  { cluster, node }: KubeletTarget,
  cause: UnavailableCause | 'OVERLOADED' | 'NO_ADDRESS' | 'BREAKER_OPEN',
  why?: string,
  original?: unknown,
  retryAfterSeconds?: number,
): DomainError {
  const sentence = why ?? SENTENCES[cause as UnavailableCause] ?? 'it could not be asked';
  return new DomainError('KUBELET_UNAVAILABLE', `The kubelet of node "${node}" is not available: ${sentence}.`, {
    extensions: { cluster, node, cause },
    cause: original,
    ...(retryAfterSeconds === undefined ? {} : { retryAfterSeconds }),
  });
}

/** A kubelet without a certificate to serve with; whoever can ask the cluster adds the name of its request for one. */
export class KubeletUncertified extends DomainError {
  constructor({ cluster, node }: KubeletTarget, cause?: unknown, request?: string) {
    const why = request
      ? `its request for one, "${request}", has not been decided on`
      : 'its request for one is probably not approved, see the serving certificate requests';
    super(
      'KUBELET_UNAVAILABLE',
      `The kubelet of node "${node}" is not available: it has no serving certificate yet: ${why}.`,
      {
        extensions: { cluster, node, cause: 'TLS', ...(request ? { servingCertificateRequest: request } : {}) },
        cause,
      },
    );
  }
}

/** Whether an API server says in a failure that the kubelet it asked has no serving certificate. */
export const saysUncertified = (text: string): boolean => text.includes(REFUSES_TLS);

/** A connection that failed on the way. */
export function transportFailure(target: KubeletTarget, error: unknown): DomainError {
  if (REFUSED_TLS.test(String((error as { code?: unknown } | null)?.code)))
    return new KubeletUncertified(target, error);
  return kubeletUnavailable(target, causeOfTransportError(error), undefined, error);
}

/** Feature that the node has off, with the fields of its kubelet configuration to set. */
export function kubeletFeatureDisabled(target: KubeletTarget, fields: readonly string[], what: string): DomainError {
  const { cluster, node } = target;
  return new DomainError(
    'KUBELET_FEATURE_DISABLED',
    `${what} on node "${node}". Turn it on in the kubelet configuration: ${fields.join(', ')}.`,
    { extensions: { cluster, node, fields } },
  );
}

/** What a status other than 2xx means. The kubelet's own text decides, and never reaches callers. */
export function answeredFailure(
  target: KubeletTarget,
  endpoint: KubeletEndpoint,
  status: number,
  body: string,
): DomainError {
  const { cluster, node } = target;
  if (status === 401) {
    return new DomainError(
      'KUBELET_FORBIDDEN',
      `The kubelet of node "${node}" doesn't accept the service's credentials: they are wrong or have expired, or the kubelet does not authenticate by webhook.`,
      { extensions: { cluster, node, kubernetesReason: 'Unauthorized' } },
    );
  }
  if (status === 403) return forbidden(target, endpoint, body);
  if (status === 404 && isStatusObject(body)) return nodeNotFound(cluster, node);
  if (status === 404 && endpoint.mayBeMissing !== undefined) {
    return new DomainError('NOT_FOUND', `Node "${node}" has no ${endpoint.mayBeMissing}.`, {
      extensions: { cluster, node },
    });
  }
  if ([404, 405, 501].includes(status) && endpoint.fields.length > 0) {
    return kubeletFeatureDisabled(
      target,
      disabledFields(endpoint, body),
      `The kubelet has ${endpoint.path} turned off`,
    );
  }
  if (status >= 500 && saysUncertified(body)) return new KubeletUncertified(target);
  if (status >= 500) return kubeletUnavailable(target, 'SERVER_ERROR', `it answered HTTP ${status}`);
  return new DomainError(
    'KUBELET_REFUSED',
    `The kubelet of node "${node}" refused ${endpoint.method} ${endpoint.path} (HTTP ${status}).`,
    { extensions: { cluster, node, httpStatus: status } },
  );
}

function disabledFields(endpoint: KubeletEndpoint, body: string): readonly string[] {
  if (body.startsWith('Debug endpoints are disabled')) return ['enableDebuggingHandlers'];
  if (body.startsWith('logs endpoint is disabled')) return ['enableSystemLogHandler'];
  if (body.startsWith('flags endpoint is disabled')) return ['enableDebugFlagsHandler'];
  return endpoint.fields;
}

function forbidden({ cluster, node }: KubeletTarget, endpoint: KubeletEndpoint, body: string): DomainError {
  // A Status object comes from the API server in between, text from the kubelet itself.
  const subresource = isStatusObject(body) ? 'proxy' : endpoint.right;
  const verb = endpoint.method === 'GET' ? 'get' : 'update';
  const missingRight = { verb, resource: `nodes/${subresource}`, apiGroup: '' };
  return new DomainError(
    'KUBELET_FORBIDDEN',
    `The service lacks the right to ${verb} nodes/${subresource} in cluster "${cluster}".`,
    { extensions: { cluster, node, missingRight } },
  );
}

const isStatusObject = (body: string): boolean => body.startsWith('{') && body.includes('"Status"');
