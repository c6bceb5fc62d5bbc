import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { JsonObject } from '../json/json-value.js';
import { mergePatch } from '../json/merge-patch.js';
import { validatePatch } from '../validation/validate-patch.js';
import { CIS_CHECKS, STRONG_CIPHERS } from './cis-checks.js';
import { evaluatePosture } from './evaluate-posture.js';
import { fleetPosture } from './fleet-posture.js';

const hardened: JsonObject = {
  authentication: {
    anonymous: { enabled: false },
    webhook: { enabled: true },
    x509: { clientCAFile: '/etc/kubernetes/pki/ca.crt' },
  },
  authorization: { mode: 'Webhook' },
  streamingConnectionIdleTimeout: '4h0m0s',
  makeIPTablesUtilChains: true,
  eventRecordQPS: 50,
  serverTLSBootstrap: true,
  rotateCertificates: true,
  tlsCipherSuites: STRONG_CIPHERS.slice(0, 2),
  podPidsLimit: 4096,
  seccompDefault: true,
  healthzBindAddress: '127.0.0.1',
};
const posture = (live: JsonObject, flags?: Record<string, string>) =>
  evaluatePosture({ live, kubeletVersion: 'v1.36.0', ...(flags ? { flags } : {}) });
const status = (live: JsonObject, id: string, flags?: Record<string, string>) =>
  posture(live, flags).findings.find((finding) => finding.id === id)?.status;

describe('posture', () => {
  it('covers 4.2.1 to 4.2.14 in order and passes a hardened node', () => {
    const { findings, stalePractices } = posture(hardened, {});
    expect(findings.map(({ id }) => id)).toEqual([
      '4.1',
      ...Array.from({ length: 14 }, (_, i) => `4.2.${i + 1}`),
      'NS-1',
    ]);
    expect(findings.filter((finding) => finding.status !== 'PASS').map(({ id, status: s }) => [id, s])).toEqual([
      ['4.1', 'NOT_EVALUABLE'],
    ]);
    expect(stalePractices).toEqual([]);
  });

  it.each<[string, JsonObject]>([
    ['4.2.1', { authentication: { anonymous: { enabled: true } } }],
    ['4.2.2', { authorization: { mode: 'AlwaysAllow' } }],
    ['4.2.3', { authentication: { x509: { clientCAFile: null } } }],
    ['4.2.4', { readOnlyPort: 10255 }],
    ['4.2.5', { streamingConnectionIdleTimeout: '0s' }],
    ['4.2.6', { makeIPTablesUtilChains: null }],
    ['4.2.9', { serverTLSBootstrap: null, tlsCertFile: '/tls.crt' }],
    ['4.2.9', { serverTLSBootstrap: null, tlsCertFile: '/var/lib/kubelet/pki/kubelet.crt', tlsPrivateKeyFile: '/k' }],
    ['4.2.10', { rotateCertificates: null }],
    ['4.2.11', { featureGates: { RotateKubeletServerCertificate: false } }],
    ['4.2.12', { tlsCipherSuites: ['TLS_RSA_WITH_3DES_EDE_CBC_SHA'] }],
    ['4.2.12', { tlsCipherSuites: null }],
    ['4.2.13', { podPidsLimit: -1 }],
    ['4.2.14', { seccompDefault: false }],
  ])('%s fails with %j, says what was seen, and its fix passes validation and the check', (id, change) => {
    const live = mergePatch(hardened, change) as JsonObject;
    const finding = posture(live).findings.find((item) => item.id === id);
    expect(finding).toMatchObject({ status: 'FAIL', wanted: expect.any(String), fix: expect.any(Object) });
    const fix = finding?.fix as JsonObject;
    const target = { node: 'n', kubeletVersion: 'v1.36.0', platform: 'kubeadm' as const, live };
    expect(validatePatch(fix, { targets: [target] }).errors).toEqual([]);
    expect(status(mergePatch(live, fix) as JsonObject, id)).toBe('PASS');
  });

  it('reads an absent boolean as false', () => {
    expect(status({}, '4.2.1')).toBe('PASS');
    expect(status({}, '4.2.14')).toBe('FAIL');
  });

  it('judges the host name by flags only, and the event rate without failing', () => {
    expect([status({}, '4.2.7'), status({}, '4.2.7', {}), status({}, '4.2.7', { 'hostname-override': 'x' })]).toEqual([
      'NOT_EVALUABLE',
      'PASS',
      'FAIL',
    ]);
    expect([0, 5, 50].map((eventRecordQPS) => status({ eventRecordQPS }, '4.2.8'))).toEqual(['PASS', 'INFO', 'PASS']);
  });

  it('takes TLS 1.3 alone for strong suites, and loopback for the health endpoint', () => {
    expect(status({ tlsMinVersion: 'VersionTLS13' }, '4.2.12')).toBe('PASS');
    expect(['0.0.0.0', '::1', '127.0.0.2'].map((healthzBindAddress) => status({ healthzBindAddress }, 'NS-1'))).toEqual(
      ['FAIL', 'PASS', 'PASS'],
    );
  });

  it('names stale practices', () => {
    const { stalePractices } = posture(
      { readOnlyPort: 10255, containerRuntimeEndpoint: 'unix:///var/run/dockershim.sock' },
      { 'network-plugin': 'cni', '--pod-infra-container-image': 'pause:3.2', v: '2', 'hostname-override': 'a' },
    );
    expect(stalePractices.map(({ id, seen }) => `${id} ${seen}`)).toEqual([
      'READ_ONLY_PORT readOnlyPort: 10255',
      'DOCKER_RUNTIME containerRuntimeEndpoint: unix:///var/run/dockershim.sock',
      'STALE_FLAG --network-plugin=cni',
      'STALE_FLAG --pod-infra-container-image=pause:3.2',
    ]);
  });

  it('never throws on what a kubelet might answer', () => {
    const name = fc.constantFrom(...Object.keys(hardened), 'readOnlyPort', 'healthzPort', 'featureGates');
    fc.assert(fc.property(fc.dictionary(name, fc.jsonValue()), (live) => void posture(live as JsonObject, {})));
    expect(CIS_CHECKS).toHaveLength(12);
  });
});

it('the fleet view puts the worst first, by node, pool and check', () => {
  const open = posture({ ...hardened, readOnlyPort: 10255, seccompDefault: false });
  const soft = posture({ ...hardened, seccompDefault: false });
  const fleet = fleetPosture([
    { node: 'a', pool: 'web', posture: posture(hardened) },
    { node: 'b', pool: 'web', posture: soft },
    { node: 'c', pool: 'gpu', posture: open },
    { node: 'd', pool: 'gpu', posture: null },
  ]);
  expect(fleet.nodes.map(({ node, failed }) => [node, failed])).toEqual([
    ['c', ['4.2.4', '4.2.14']],
    ['b', ['4.2.14']],
    ['a', []],
  ]);
  expect(fleet.pools.map(({ pool, nodes, failed }) => [pool, nodes, failed])).toEqual([
    ['gpu', 1, 2],
    ['web', 2, 1],
  ]);
  expect(fleet.checks.map(({ id, failingNodes }) => [id, failingNodes])).toEqual(
    [
      ['4.2.14', ['c', 'b']],
      ['4.2.4', ['c']],
    ].map(([id, nodes]) => [id, expect.arrayContaining(nodes as string[])]),
  );
  expect(fleet.unreadableNodes).toEqual(['d']);
});
