import { errors } from 'undici';
import { DomainError } from '../../kernel/domain-error.js';

/** Why a cluster could not be asked, so that the one who reads it knows where to look. */
export type UnavailableCause =
  | 'CONNECTION_REFUSED'
  | 'NAME_NOT_RESOLVED'
  | 'UNREACHABLE'
  | 'TIMEOUT'
  | 'CONNECTION_LOST'
  | 'TLS'
  | 'CREDENTIALS'
  | 'CONFIGURATION'
  | 'UNEXPECTED_ANSWER'
  | 'SERVER_ERROR';

const SENTENCES: Record<UnavailableCause, string> = {
  CONNECTION_REFUSED: 'its API server refuses connections',
  NAME_NOT_RESOLVED: "its API server's host name can't be resolved",
  UNREACHABLE: 'there is no route to its API server',
  TIMEOUT: "its API server didn't answer in time",
  CONNECTION_LOST: 'the connection to its API server was lost',
  TLS: "the TLS connection to its API server can't be trusted",
  CREDENTIALS: "the service's credentials for it can't be obtained",
  CONFIGURATION: 'its entry in the kubeconfig is not usable',
  UNEXPECTED_ANSWER: 'its API server answered something that is not Kubernetes JSON',
  SERVER_ERROR: 'its API server reports an error of its own',
};

/** The DomainError of a cluster that can't be asked. `detail` must be free of secrets. */
export function clusterUnavailable(
  cluster: string,
  cause: UnavailableCause,
  original?: unknown,
  detail?: string,
): DomainError {
  const why = detail === undefined ? SENTENCES[cause] : `${SENTENCES[cause]}: ${detail}`;
  return new DomainError('CLUSTER_UNAVAILABLE', `Cluster "${cluster}" is not available: ${why}.`, {
    extensions: { cluster, cause },
    cause: original,
  });
}

const AWAY: ReadonlySet<unknown> = new Set<UnavailableCause>([
  'CONNECTION_REFUSED',
  'NAME_NOT_RESOLVED',
  'UNREACHABLE',
  'TIMEOUT',
  'CONNECTION_LOST',
  'UNEXPECTED_ANSWER',
]);

/** Nobody answered for the cluster: that says nothing about what is in it. An answered 5xx does. */
export function isOutOfReach(error: unknown): error is DomainError {
  return (
    error instanceof DomainError && error.code === 'CLUSTER_UNAVAILABLE' && AWAY.has(error.details.extensions?.cause)
  );
}

/** Sorts a transport failure into its cause. */
export function causeOfTransportError(error: unknown): UnavailableCause {
  const code = codeOf(error);
  if (error instanceof errors.ConnectTimeoutError || error instanceof errors.HeadersTimeoutError) return 'TIMEOUT';
  if (error instanceof errors.BodyTimeoutError || (error as Error)?.name === 'TimeoutError') return 'TIMEOUT';
  switch (code) {
    case 'ECONNREFUSED':
      return 'CONNECTION_REFUSED';
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
      return 'NAME_NOT_RESOLVED';
    case 'ENETUNREACH':
    case 'EHOSTUNREACH':
      return 'UNREACHABLE';
    case 'ETIMEDOUT':
      return 'TIMEOUT';
  }
  if (/CERT|SSL|TLS|UNABLE_TO|SELF_SIGNED|EPROTO/.test(code)) return 'TLS';
  if (error instanceof SyntaxError) return 'UNEXPECTED_ANSWER';
  return 'CONNECTION_LOST';
}

function codeOf(error: unknown): string {
  const { code, cause, errors: several } = (error ?? {}) as { code?: unknown; cause?: unknown; errors?: unknown[] };
  if (typeof code === 'string' && code !== '') return code;
  // Node tries each address of a name and reports them together.
  if (Array.isArray(several) && several.length > 0) return codeOf(several[0]);
  return cause ? codeOf(cause) : '';
}
