import 'reflect-metadata';
import { webcrypto } from 'node:crypto';
import * as x509 from '@peculiar/x509';
import type { Json } from '../store/kube-object.js';
import type { ObjectStore } from '../store/object-store.js';

const ALGORITHM = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' } as const;
const SERVING = 'kubernetes.io/kubelet-serving';
const SERVER_USAGES = ['digital signature', 'server auth'];

interface RequestShape {
  name: string;
  node: string;
  commonName?: string;
  organizations?: string[];
  sans?: x509.JsonGeneralName[];
  usages?: string[];
  signerName?: string;
  approved?: boolean;
  ageSeconds: number;
}

const ownNames = (node: string): x509.JsonGeneralName[] => [
  { type: 'dns', value: node },
  { type: 'ip', value: '127.0.0.1' },
];

/** Two requests that may be approved, one that was, and one for each reason to refuse. */
const REQUESTS: readonly RequestShape[] = [
  { name: 'csr-4m2xk', node: 'worker-3', ageSeconds: 240 },
  {
    name: 'csr-7pq9d',
    node: 'batch-2',
    usages: ['digital signature', 'key encipherment', 'server auth'],
    ageSeconds: 900,
  },
  { name: 'csr-9xr2w', node: 'worker-1', approved: true, ageSeconds: 3_200 },
  // An address that is not the node's: whoever gets this certificate can pose as another machine.
  {
    name: 'csr-bad-address',
    node: 'worker-4',
    sans: [...ownNames('worker-4'), { type: 'ip', value: '10.9.9.9' }],
    ageSeconds: 600,
  },
  { name: 'csr-bad-name', node: 'worker-5', commonName: 'system:node:control-plane-1', ageSeconds: 610 },
  { name: 'csr-bad-group', node: 'worker-5', organizations: ['system:nodes', 'system:masters'], ageSeconds: 620 },
  { name: 'csr-bad-usage', node: 'worker-6', usages: [...SERVER_USAGES, 'client auth'], ageSeconds: 630 },
  {
    name: 'csr-bad-email',
    node: 'worker-6',
    sans: [...ownNames('worker-6'), { type: 'email', value: 'root@example.com' }],
    ageSeconds: 640,
  },
  { name: 'csr-no-names', node: 'batch-1', sans: [], ageSeconds: 650 },
  { name: 'csr-unknown-node', node: 'worker-99', ageSeconds: 660 },
  // Not a serving certificate at all; lists of serving requests leave it out.
  {
    name: 'csr-client',
    node: 'gpu-1',
    sans: [],
    usages: ['digital signature', 'client auth'],
    signerName: 'kubernetes.io/kube-apiserver-client-kubelet',
    approved: true,
    ageSeconds: 3_300,
  },
];

export async function loadDefaultCertificateRequests(store: ObjectStore, now = Date.now()): Promise<void> {
  const keys = await webcrypto.subtle.generateKey(ALGORITHM, true, ['sign', 'verify']);
  for (const shape of REQUESTS) {
    const creationTimestamp = `${new Date(now - shape.ageSeconds * 1000).toISOString().slice(0, 19)}Z`;
    store.create('CertificateSigningRequest', {
      metadata: { name: shape.name, creationTimestamp },
      spec: {
        request: Buffer.from(await requestPem(shape, keys)).toString('base64'),
        signerName: shape.signerName ?? SERVING,
        usages: shape.usages ?? SERVER_USAGES,
        username: `system:node:${shape.node}`,
        groups: ['system:nodes', 'system:authenticated'],
      },
      status: shape.approved ? approved(creationTimestamp) : {},
    });
  }
}

async function requestPem(shape: RequestShape, keys: webcrypto.CryptoKeyPair): Promise<string> {
  const sans = shape.sans ?? ownNames(shape.node);
  const name: x509.JsonName = [
    ...(shape.organizations ?? ['system:nodes']).map((organization) => ({ O: [organization] })),
    { CN: [shape.commonName ?? `system:node:${shape.node}`] },
  ];
  const request = await x509.Pkcs10CertificateRequestGenerator.create({
    name: new x509.Name(name).toString(),
    keys,
    signingAlgorithm: ALGORITHM,
    extensions: sans.length > 0 ? [new x509.SubjectAlternativeNameExtension(sans)] : [],
  });
  return `${request.toString('pem')}\n`;
}

const approved = (at: string): Json => ({
  conditions: [
    {
      type: 'Approved',
      status: 'True',
      reason: 'AutoApproved',
      message: 'Auto approving kubelet certificate after SubjectAccessReview.',
      lastUpdateTime: at,
      lastTransitionTime: at,
    },
  ],
});
