import 'reflect-metadata';
import * as x509 from '@peculiar/x509';
import { describe, expect, it } from 'vitest';
import { ObjectStore } from '../store/object-store.js';
import { loadDefaultCertificateRequests } from './default-certificate-requests.js';

describe('certificate requests of the default profile', () => {
  it('are real PKCS#10 requests, good and unsafe ones', async () => {
    const store = new ObjectStore();
    await loadDefaultCertificateRequests(store);
    const request = (name: string) => {
      const { spec } = store.require('CertificateSigningRequest', undefined, name);
      return new x509.Pkcs10CertificateRequest(Buffer.from(spec.request, 'base64').toString());
    };
    const sans = (name: string) =>
      request(name)
        .extensions.filter((item) => item instanceof x509.SubjectAlternativeNameExtension)
        .flatMap((item) => item.names.toJSON());
    const good = request('csr-4m2xk');
    expect(await good.verify()).toBe(true);
    expect(good.subject).toBe('O=system:nodes, CN=system:node:worker-3');
    expect(sans('csr-4m2xk')).toEqual([
      { type: 'dns', value: 'worker-3' },
      { type: 'ip', value: '127.0.0.1' },
    ]);
    expect(sans('csr-bad-address')).toContainEqual({ type: 'ip', value: '10.9.9.9' });
    expect(sans('csr-no-names')).toEqual([]);
    expect(request('csr-bad-group').subject).toContain('system:masters');
    const serving = store.list('CertificateSigningRequest', {
      fieldSelector: 'spec.signerName=kubernetes.io/kubelet-serving',
    });
    expect(serving).toHaveLength(10);
  });
});
