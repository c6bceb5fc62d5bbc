import { describe, expect, it } from 'vitest';
import type { NodePlatform } from '../../../../kernel/node-platform.js';
import { postureFlags } from '../../application/posture-flags.js';
import type { JsonObject } from '../json/json-value.js';
import { evaluatePosture } from './evaluate-posture.js';

/** What configz of every platform has in common. */
const common = (more: JsonObject): JsonObject => ({
  authentication: {
    x509: { clientCAFile: '/etc/kubernetes/pki/ca.crt' },
    webhook: { enabled: true, cacheTTL: '2m0s' },
    anonymous: { enabled: false },
  },
  authorization: { mode: 'Webhook', webhook: { cacheAuthorizedTTL: '5m0s', cacheUnauthorizedTTL: '30s' } },
  streamingConnectionIdleTimeout: '4h0m0s',
  makeIPTablesUtilChains: true,
  eventRecordQPS: 50,
  healthzBindAddress: '127.0.0.1',
  healthzPort: 10248,
  podPidsLimit: -1,
  ...more,
});
const ECDHE = ['TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256', 'TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384'];
const TLS13 = ['TLS_AES_128_GCM_SHA256', 'TLS_AES_256_GCM_SHA384', 'TLS_CHACHA20_POLY1305_SHA256'];

interface Case {
  platform: NodePlatform;
  what: string;
  version: string;
  live: JsonObject;
  flags?: Record<string, string>;
  /** Every check that does not pass. */
  expected: Record<string, string>;
}

const NOTHING = { '4.1': 'NOT_EVALUABLE' };

/** Configurations as these platforms ship them, and what is to be said of each. */
const CASES: Case[] = [
  {
    platform: 'kubeadm',
    what: 'kubeadm as it comes',
    version: 'v1.36.3',
    live: common({
      rotateCertificates: true,
      tlsCertFile: '/var/lib/kubelet/pki/kubelet.crt',
      tlsPrivateKeyFile: '/var/lib/kubelet/pki/kubelet.key',
    }),
    flags: {},
    expected: { ...NOTHING, '4.2.9': 'FAIL', '4.2.12': 'FAIL', '4.2.13': 'FAIL', '4.2.14': 'FAIL' },
  },
  {
    platform: 'eks',
    what: 'EKS by nodeadm: IAM instead of client certificates',
    version: 'v1.33.1-eks-1de2ab1',
    live: common({ serverTLSBootstrap: true, tlsCipherSuites: ECDHE }),
    flags: { 'hostname-override': 'i-0123456789' },
    expected: { ...NOTHING, '4.2.7': 'INFO', '4.2.10': 'NOT_EVALUABLE', '4.2.13': 'FAIL', '4.2.14': 'FAIL' },
  },
  {
    platform: 'karpenter',
    what: 'Karpenter on EKS',
    version: 'v1.32.3-eks-473151a',
    live: common({ serverTLSBootstrap: true, tlsCipherSuites: ECDHE }),
    expected: { ...NOTHING, '4.2.7': 'NOT_EVALUABLE', '4.2.10': 'NOT_EVALUABLE', '4.2.13': 'FAIL', '4.2.14': 'FAIL' },
  },
  {
    platform: 'bottlerocket',
    what: 'Bottlerocket',
    version: 'v1.32.3-eks-473151a',
    live: common({ serverTLSBootstrap: true, tlsCipherSuites: [...ECDHE, ...TLS13], podPidsLimit: 1048576 }),
    expected: { ...NOTHING, '4.2.7': 'NOT_EVALUABLE', '4.2.10': 'NOT_EVALUABLE', '4.2.14': 'FAIL' },
  },
  {
    platform: 'gke',
    what: 'GKE with the read-only port that it opens by default',
    version: 'v1.32.4-gke.1106006',
    live: common({ serverTLSBootstrap: true, readOnlyPort: 10255 }),
    expected: {
      ...NOTHING,
      '4.2.4': 'FAIL',
      '4.2.7': 'NOT_EVALUABLE',
      '4.2.10': 'NOT_EVALUABLE',
      '4.2.12': 'FAIL',
      '4.2.13': 'FAIL',
      '4.2.14': 'FAIL',
    },
  },
  {
    platform: 'aks',
    what: 'AKS, which rotates as kubelets do',
    version: 'v1.32.4',
    live: common({ rotateCertificates: true, serverTLSBootstrap: true, tlsCipherSuites: ECDHE }),
    expected: { ...NOTHING, '4.2.7': 'NOT_EVALUABLE', '4.2.13': 'FAIL', '4.2.14': 'FAIL' },
  },
  {
    platform: 'openshift',
    what: 'OpenShift',
    version: 'v1.31.8',
    live: common({
      rotateCertificates: true,
      serverTLSBootstrap: true,
      tlsMinVersion: 'VersionTLS12',
      tlsCipherSuites: [...ECDHE, ...TLS13],
      podPidsLimit: 4096,
    }),
    expected: { ...NOTHING, '4.2.7': 'NOT_EVALUABLE', '4.2.14': 'FAIL' },
  },
  {
    platform: 'talos',
    what: 'Talos',
    version: 'v1.33.1',
    live: common({
      rotateCertificates: true,
      tlsMinVersion: 'VersionTLS13',
      tlsCertFile: '/var/lib/kubelet/pki/kubelet.crt',
      tlsPrivateKeyFile: '/var/lib/kubelet/pki/kubelet.key',
      seccompDefault: true,
      streamingConnectionIdleTimeout: '5m0s',
    }),
    flags: { 'hostname-override': 'talos-1' },
    expected: { ...NOTHING, '4.2.7': 'INFO', '4.2.9': 'FAIL', '4.2.13': 'FAIL' },
  },
  {
    platform: 'k3s',
    what: 'k3s, which issues and renews certificates itself',
    version: 'v1.33.1+k3s1',
    live: common({
      tlsCertFile: '/var/lib/rancher/k3s/agent/serving-kubelet.crt',
      tlsPrivateKeyFile: '/var/lib/rancher/k3s/agent/serving-kubelet.key',
    }),
    flags: { 'hostname-override': 'k3s-1' },
    expected: {
      ...NOTHING,
      '4.2.7': 'INFO',
      '4.2.10': 'NOT_EVALUABLE',
      '4.2.12': 'FAIL',
      '4.2.13': 'FAIL',
      '4.2.14': 'FAIL',
    },
  },
  {
    platform: 'rke2',
    what: 'RKE2',
    version: 'v1.32.4+rke2r1',
    live: common({
      tlsCertFile: '/var/lib/rancher/rke2/agent/serving-kubelet.crt',
      tlsPrivateKeyFile: '/var/lib/rancher/rke2/agent/serving-kubelet.key',
    }),
    expected: {
      ...NOTHING,
      '4.2.7': 'NOT_EVALUABLE',
      '4.2.10': 'NOT_EVALUABLE',
      '4.2.12': 'FAIL',
      '4.2.13': 'FAIL',
      '4.2.14': 'FAIL',
    },
  },
  {
    platform: 'microshift',
    what: 'MicroShift',
    version: 'v1.31.5',
    live: common({
      tlsCertFile: '/var/lib/microshift/certs/kubelet-csr-signer-signer/csr-signer/kubelet-server/server.crt',
      tlsPrivateKeyFile: '/var/lib/microshift/certs/kubelet-csr-signer-signer/csr-signer/kubelet-server/server.key',
      tlsCipherSuites: [...ECDHE, ...TLS13],
      tlsMinVersion: 'VersionTLS12',
    }),
    expected: { ...NOTHING, '4.2.7': 'NOT_EVALUABLE', '4.2.10': 'NOT_EVALUABLE', '4.2.13': 'FAIL', '4.2.14': 'FAIL' },
  },
  {
    platform: 'kops',
    what: 'kops',
    version: 'v1.32.4',
    live: common({
      rotateCertificates: false,
      tlsCertFile: '/srv/kubernetes/kubelet-server.crt',
      tlsPrivateKeyFile: '/srv/kubernetes/kubelet-server.key',
    }),
    flags: {},
    expected: { ...NOTHING, '4.2.10': 'FAIL', '4.2.12': 'FAIL', '4.2.13': 'FAIL', '4.2.14': 'FAIL' },
  },
  {
    platform: 'unknown',
    what: 'an unknown platform is given no excuse',
    version: 'v1.36.3',
    live: common({ serverTLSBootstrap: true }),
    flags: { 'hostname-override': 'n' },
    expected: { ...NOTHING, '4.2.7': 'FAIL', '4.2.10': 'FAIL', '4.2.12': 'FAIL', '4.2.13': 'FAIL', '4.2.14': 'FAIL' },
  },
];

describe('12.15 posture by platform', () => {
  it.each(CASES)('$platform: $what', ({ platform, version, live, flags, expected }) => {
    const { findings } = evaluatePosture({ live, kubeletVersion: version, platform, ...(flags ? { flags } : {}) });
    const notPassed = findings.filter(({ status }) => status !== 'PASS').map(({ id, status }) => [id, status]);
    expect(Object.fromEntries(notPassed)).toEqual(expected);
    const byPlatform = findings.filter(({ status }) => status === 'NOT_EVALUABLE' || status === 'INFO');
    expect(byPlatform.filter(({ fix }) => fix !== null)).toEqual([]);
  });

  it.each([...TLS13, 'TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256'])('the suite %s is strong', (suite) => {
    const of = (tlsCipherSuites: string[]) =>
      evaluatePosture({ live: { tlsCipherSuites }, kubeletVersion: 'v1.36.0' }).findings.find(
        ({ id }) => id === '4.2.12',
      );
    expect(of([suite])?.status).toBe('PASS');
    expect(of([suite, 'TLS_RSA_WITH_RC4_128_SHA'])?.status).toBe('FAIL');
  });
});

describe('12.15 flags that were not read', () => {
  it.each([
    ['no page', null],
    ['a page of which nothing was understood', {}],
    ['a page that was cut or has another form', { 'address:': '0.0.0.0', v: '2' }],
  ])('%s is never a PASS', (_what, page) => {
    const flags = postureFlags(page);
    expect(flags).toBeUndefined();
    const { findings } = evaluatePosture({ live: {}, kubeletVersion: 'v1.36.0', ...(flags ? { flags } : {}) });
    expect(findings.find(({ id }) => id === '4.2.7')?.status).toBe('NOT_EVALUABLE');
  });

  it('a page with the flag unset is', () => {
    expect(postureFlags({ 'hostname-override': '', v: '2' })).toEqual({});
    expect(postureFlags({ 'hostname-override': 'x' })).toEqual({ 'hostname-override': 'x' });
  });
});
