import { monotonicNow } from '../../kernel/monotonic.js';
import type { ClusterConnection } from './cluster-connection.js';

export const SIGNING_REQUESTS = '/apis/certificates.k8s.io/v1/certificatesigningrequests';
export const SERVING_SIGNER = 'kubernetes.io/kubelet-serving';

/** A CertificateSigningRequest of certificates.k8s.io/v1. */
export interface SigningRequest {
  metadata: { name: string; uid: string; creationTimestamp: string; resourceVersion?: string };
  spec: { request: string; signerName: string; usages?: string[]; username?: string; groups?: string[] };
  status?: { certificate?: string; conditions?: { type: string; status: string; reason?: string; message?: string }[] };
}

const NODE_USER = 'system:node:';
const LOOK_TIMEOUT_MS = 3_000;
const KEPT_MS = 5_000;

/** Name of the node that asks, from the user that the API server saw. */
export function askingNode({ spec }: SigningRequest): string | undefined {
  return spec.username?.startsWith(NODE_USER) ? spec.username.slice(NODE_USER.length) : undefined;
}

/** Of kubelets that ask for a certificate to serve with, decided or not. */
export async function servingRequests(
  connection: ClusterConnection,
  options: { timeoutMs?: number } = {},
): Promise<SigningRequest[]> {
  const fieldSelector = `spec.signerName=${SERVING_SIGNER}`;
  const { items } = await connection.list<SigningRequest>(SIGNING_REQUESTS, { fieldSelector, ...options });
  return items.filter(({ spec }) => spec.signerName === SERVING_SIGNER);
}

/** In a new cluster all kubelets wait at once, and each call to one asks. */
const kept = new WeakMap<ClusterConnection, { readonly until: number; readonly requests: Promise<SigningRequest[]> }>();

/** Name of the newest request of a node that nobody has decided on; undefined where there is none, or none may be read. */
export async function pendingServingRequest(connection: ClusterConnection, node: string): Promise<string | undefined> {
  let known = kept.get(connection);
  if (!known || known.until < monotonicNow()) {
    const requests = servingRequests(connection, { timeoutMs: LOOK_TIMEOUT_MS }).catch(() => []);
    known = { until: monotonicNow() + KEPT_MS, requests };
    kept.set(connection, known);
  }
  const pending = (await known.requests).filter(
    (request) => askingNode(request) === node && !request.status?.conditions?.length,
  );
  const byAge = pending.sort((a, b) => a.metadata.creationTimestamp.localeCompare(b.metadata.creationTimestamp));
  return byAge.at(-1)?.metadata.name;
}
