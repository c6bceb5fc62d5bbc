import type { Json, KubeObject } from '../store/kube-object.js';
import type { ObjectStore } from '../store/object-store.js';
import type { CertificateAuthority } from './certificate-authority.js';

const SIGNERS: ReadonlySet<string> = new Set(['kubernetes.io/kubelet-serving']);

/** The signing controller: issues what has been approved. Returns the function that ends it. */
export function signApprovedRequests(store: ObjectStore, authority: CertificateAuthority): () => void {
  return store.subscribe('CertificateSigningRequest', ({ type, object }) => {
    if (type !== 'DELETED' && isDue(object)) void issue(store, authority, object);
  });
}

function isDue({ spec, status }: KubeObject): boolean {
  const holds = (type: string) =>
    (status?.conditions ?? []).some((item: Json) => item.type === type && (item.status ?? 'True') === 'True');
  return (
    SIGNERS.has(spec?.signerName) && holds('Approved') && !holds('Denied') && !holds('Failed') && !status?.certificate
  );
}

async function issue(store: ObjectStore, authority: CertificateAuthority, request: KubeObject): Promise<void> {
  const { name, uid } = request.metadata;
  const outcome = await authority.sign(Buffer.from(String(request.spec.request), 'base64').toString('utf8')).then(
    (certificate) => ({ certificate: Buffer.from(certificate).toString('base64') }),
    (error: Error) => ({ failure: error.message }),
  );
  const current = store.get('CertificateSigningRequest', undefined, name);
  if (!current || current.metadata.uid !== uid || !isDue(current)) return;
  const status =
    'certificate' in outcome
      ? { ...current.status, certificate: outcome.certificate }
      : { ...current.status, conditions: [...current.status.conditions, failed(store, outcome.failure)] };
  store.update('CertificateSigningRequest', { ...current, status });
}

function failed(store: ObjectStore, message: string): Json {
  const time = store.timestamp();
  return {
    type: 'Failed',
    status: 'True',
    reason: 'SignerValidationFailure',
    message,
    lastUpdateTime: time,
    lastTransitionTime: time,
  };
}
