import 'reflect-metadata';
import { webcrypto } from 'node:crypto';
import * as x509 from '@peculiar/x509';
import { beforeAll, describe, expect, it } from 'vitest';
import { SERVING_SIGNER } from '../../../../platform/kubernetes/signing-requests.js';
import { checkServingRequest } from './serving-request.js';

const algorithm = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' };
let keys: webcrypto.CryptoKeyPair;

beforeAll(async () => {
  keys = (await webcrypto.subtle.generateKey(algorithm, true, ['sign', 'verify'])) as webcrypto.CryptoKeyPair;
});

/** Whether a request for these names passes on a node with these addresses. */
async function isOwn(
  names: { type: 'ip' | 'dns'; value: string }[],
  addresses: string[],
): Promise<boolean | undefined> {
  const request = await x509.Pkcs10CertificateRequestGenerator.create({
    name: 'O=system:nodes, CN=system:node:n',
    keys,
    signingAlgorithm: algorithm,
    extensions: [new x509.SubjectAlternativeNameExtension(names)],
  });
  const spec = {
    request: Buffer.from(request.toString('pem')).toString('base64'),
    signerName: SERVING_SIGNER,
    usages: ['digital signature', 'server auth'],
    username: 'system:node:n',
  };
  const metadata = { name: 'csr', uid: 'u', creationTimestamp: '2026-01-01T00:00:00Z' };
  return checkServingRequest({ metadata, spec }, addresses).find(({ id }) => id === 'OWN_NAMES')?.passed;
}

const ip = (value: string) => ({ type: 'ip' as const, value });
const dns = (value: string) => ({ type: 'dns' as const, value });

describe('12.19 names of a serving certificate are compared as what they mean', () => {
  it.each([
    ['2001:db8::8', '2001:DB8:0:0::0008'],
    ['2001:db8::8', '2001:0db8:0000:0000:0000:0000:0000:0008'],
    ['2001:db8:0:0:0:0:0:8', '2001:db8::8'],
    ['10.0.0.1', '10.0.0.1'],
    ['10.0.0.1', '::ffff:10.0.0.1'],
    ['10.0.0.1', '::ffff:0a00:0001'],
    ['::ffff:a00:1', '10.0.0.1'],
  ])('%s is of a node with %s', async (name, address) => {
    expect(await isOwn([ip(name)], [address])).toBe(true);
  });

  it.each([
    ['2001:db8::8', '2001:db8::80'],
    ['2001:db8::8', '2001:db8:8::'],
    ['10.0.0.1', '010.0.0.1'],
    ['10.0.0.8', '10.0.0.010'],
    ['fe80::1', 'fe80::1%eth0'],
    ['10.0.0.1', '10.0.0.11'],
  ])('%s is not of a node with %s', async (name, address) => {
    expect(await isOwn([ip(name)], [address])).toBe(false);
  });

  it('and names of hosts without regard to case', async () => {
    expect(await isOwn([dns('N1.Example.com')], ['n1.example.COM'])).toBe(true);
    expect(await isOwn([dns('n1.example.com'), ip('10.0.0.2')], ['n1.example.com', '10.0.0.1'])).toBe(false);
  });
});
