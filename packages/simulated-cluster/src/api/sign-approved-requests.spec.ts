import 'reflect-metadata';
import { webcrypto, X509Certificate } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as x509 from '@peculiar/x509';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { ObjectStore } from '../store/object-store.js';
import { CertificateAuthority } from './certificate-authority.js';
import { signApprovedRequests } from './sign-approved-requests.js';

const folder = mkdtempSync(join(tmpdir(), 'authority-'));
const store = new ObjectStore();
let authority: CertificateAuthority;
let stop: () => void;

beforeAll(async () => {
  authority = await CertificateAuthority.open(folder);
  stop = signApprovedRequests(store, authority);
});
afterAll(() => {
  stop();
  rmSync(folder, { recursive: true, force: true });
});

const approved = { conditions: [{ type: 'Approved', status: 'True' }] };
const submit = (name: string, request: string) =>
  store.create('CertificateSigningRequest', {
    metadata: { name },
    spec: { signerName: 'kubernetes.io/kubelet-serving', request: Buffer.from(request).toString('base64') },
  });
const read = (name: string) => store.require('CertificateSigningRequest', undefined, name);
const approve = (name: string) => store.update('CertificateSigningRequest', { ...read(name), status: approved });

it('issues a certificate for a kubelet once it is approved', async () => {
  const algorithm = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' };
  const request = await x509.Pkcs10CertificateRequestGenerator.create({
    name: 'O=system:nodes, CN=system:node:n1',
    keys: (await webcrypto.subtle.generateKey(algorithm, true, ['sign', 'verify'])) as webcrypto.CryptoKeyPair,
    signingAlgorithm: algorithm,
    extensions: [new x509.SubjectAlternativeNameExtension([{ type: 'dns', value: 'n1' }])],
  });
  submit('good', request.toString('pem'));
  expect(read('good').status.certificate).toBeUndefined();
  approve('good');
  await expect.poll(() => read('good').status.certificate).toBeDefined();
  const issued = new X509Certificate(Buffer.from(read('good').status.certificate, 'base64'));
  expect(issued.subject).toContain('CN=system:node:n1');
  expect(issued.subjectAltName).toBe('DNS:n1');
  expect(issued.checkIssued(new X509Certificate(authority.certificatePem))).toBe(true);
});

it('says so when what was approved is no request', async () => {
  submit('bad', 'nonsense');
  approve('bad');
  await expect
    .poll(() => read('bad').status.conditions.map((item: { type: string }) => item.type))
    .toEqual(['Approved', 'Failed']);
});

it('opens the same authority again', async () => {
  expect((await CertificateAuthority.open(folder)).certificatePem).toBe(authority.certificatePem);
});
