import { admissionAnswer } from '../../kernel/admission-answer.js';
import { DomainError } from '../../kernel/domain-error.js';
import { clusterUnavailable } from './cluster-unavailable.js';
import { KubernetesApiError } from './kubernetes-api-error.js';

const FORBIDDEN = /cannot (\S+) resource "([^"]+)" in API group "([^"]*)"(?: in the namespace "([^"]+)")?/;

const FORBIDDEN_PATH = /\bcannot \S+ path "/;

/**
 * What callers are told of a failed Kubernetes call: the missing right for 401 and 403, and the server's own text only
 * where admission refused, since nobody else knows why.
 * Anything that is not a KubernetesApiError comes back as it is.
 */
export function kubernetesDomainError(error: unknown): unknown {
  if (!(error instanceof KubernetesApiError)) return error;
  const { cluster, status } = error;
  const details = { extensions: { cluster, kubernetesReason: error.reason || undefined }, cause: error };
  if (!error.isStatus && (status === 404 || (status >= 502 && status <= 504))) {
    return clusterUnavailable(cluster, 'UNEXPECTED_ANSWER', error, `HTTP ${status}`);
  }
  const admission = admissionAnswer(error.message);
  if (admission === 'DENIED') return admissionDenied(error);
  if (admission === 'FAILED') return clusterUnavailable(cluster, 'SERVER_ERROR', error, words(error));
  switch (status) {
    case 401:
      return new DomainError(
        'CLUSTER_FORBIDDEN',
        `Cluster "${cluster}" doesn't accept the service's credentials: they are wrong or have expired.`,
        { extensions: { cluster, kubernetesReason: 'Unauthorized' }, cause: error },
      );
    case 403:
      return FORBIDDEN.test(error.message) || FORBIDDEN_PATH.test(error.message) || !error.isStatus
        ? forbidden(error)
        : admissionDenied(error);
    case 422:
      return admissionDenied(error);
    case 404:
      return new DomainError('NOT_FOUND', `The object doesn't exist in cluster "${cluster}".`, details);
    case 409:
      return new DomainError('CONFLICT', `The object in cluster "${cluster}" was changed at the same time.`, details);
    case 429:
      return new DomainError('CLUSTER_UNAVAILABLE', `Cluster "${cluster}" asks to slow down.`, {
        ...details,
        extensions: { cluster, cause: 'THROTTLED' },
        retryAfterSeconds: error.retryAfterSeconds ?? 1,
      });
  }
  if (status >= 500) return clusterUnavailable(cluster, 'SERVER_ERROR', error, `HTTP ${status}`);
  return new DomainError(
    'INTERNAL',
    `Cluster "${cluster}" refused a request of the service (HTTP ${status}).`,
    details,
  );
}

/** A policy, webhook or admission plugin of the cluster said no: the caller gets its words, since only they say why. */
function admissionDenied(error: KubernetesApiError): DomainError {
  const { cluster, request, reason, status } = error;
  return new DomainError('ADMISSION_DENIED', `Cluster "${cluster}" refused ${request}: ${words(error)}`, {
    extensions: { cluster, kubernetesReason: reason || undefined, kubernetesStatus: status },
    cause: error,
  });
}

const MOST_WORDS = 1_000;

/** In one line: the words are somebody else's and go into logs, terminals and Events. */
function words({ message }: KubernetesApiError): string {
  const line = message.replace(/[\p{Cc}\p{Cf}\u2028\u2029]+/gu, ' ').trim();
  return line.length > MOST_WORDS ? `${line.slice(0, MOST_WORDS)}…` : line;
}

function forbidden(error: KubernetesApiError): DomainError {
  const match = FORBIDDEN.exec(error.message);
  const right = match
    ? { verb: match[1], resource: match[2], apiGroup: match[3], namespace: match[4] }
    : { request: error.request };
  const what = match
    ? `the right to ${match[1]} ${match[2]}${match[3] ? `.${match[3]}` : ''}${match[4] ? ` in namespace "${match[4]}"` : ''}`
    : `the right for ${error.request}`;
  return new DomainError('CLUSTER_FORBIDDEN', `The service lacks ${what} in cluster "${error.cluster}".`, {
    extensions: { cluster: error.cluster, missingRight: right },
    cause: error,
  });
}
