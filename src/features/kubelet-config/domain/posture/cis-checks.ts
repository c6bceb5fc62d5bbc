import type { JsonObject, JsonValue } from '../json/json-value.js';
import type { ConfigView } from '../validation/config-view.js';

export interface CisCheck {
  id: string;
  title: string;
  wanted: string;
  why: string;
  seen: (view: ConfigView) => JsonValue;
  passes: (view: ConfigView) => boolean;
  fix: JsonObject;
}

/** Suites with forward secrecy or at least authenticated encryption, as kube-bench lists them, and Go's newer names of two. */
export const STRONG_CIPHERS = [
  'TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256',
  'TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256',
  'TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305',
  'TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256',
  'TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384',
  'TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305',
  'TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256',
  'TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384',
  'TLS_RSA_WITH_AES_256_GCM_SHA384',
  'TLS_RSA_WITH_AES_128_GCM_SHA256',
  // of TLS 1.3, which has no weak ones
  'TLS_AES_128_GCM_SHA256',
  'TLS_AES_256_GCM_SHA384',
  'TLS_CHACHA20_POLY1305_SHA256',
];
const SUGGESTED_CIPHERS = STRONG_CIPHERS.filter(
  (name) => name.startsWith('TLS_ECDHE') && !name.endsWith('CHACHA20_POLY1305'),
);
/** Where the kubelet puts the certificate it signs itself; configz shows the path as if somebody had set it. */
const SELF_SIGNED = /\/pki\/kubelet\.crt$/;
const SUGGESTED_PIDS = 4096;

export const CIS_CHECKS: CisCheck[] = [
  {
    id: '4.2.1',
    title: 'Anonymous access to the kubelet is off',
    wanted: 'authentication.anonymous.enabled is false',
    why: 'Anyone who reaches port 10250 is otherwise let in as system:anonymous.',
    seen: (view) => view.bool('authentication', 'anonymous', 'enabled'),
    passes: (view) => !view.bool('authentication', 'anonymous', 'enabled'),
    fix: { authentication: { anonymous: { enabled: false } } },
  },
  {
    id: '4.2.2',
    title: 'Authorization is not AlwaysAllow',
    wanted: 'authorization.mode is Webhook',
    why: 'With AlwaysAllow every authenticated caller may run commands in every pod of the node.',
    seen: (view) => view.text('authorization', 'mode'),
    passes: (view) => !['', 'AlwaysAllow'].includes(view.text('authorization', 'mode')),
    fix: { authorization: { mode: 'Webhook' } },
  },
  {
    id: '4.2.3',
    title: 'A client CA is set',
    wanted: 'authentication.x509.clientCAFile names the cluster CA',
    why: 'Without it the API server cannot prove itself to the kubelet by certificate.',
    seen: (view) => view.text('authentication', 'x509', 'clientCAFile'),
    passes: (view) => view.text('authentication', 'x509', 'clientCAFile') !== '',
    fix: { authentication: { x509: { clientCAFile: '/etc/kubernetes/pki/ca.crt' } } },
  },
  {
    id: '4.2.4',
    title: 'The read-only port is off',
    wanted: 'readOnlyPort is 0',
    why: 'Port 10255 shows pods, their environment and node data to anyone, without authentication.',
    seen: (view) => view.number('readOnlyPort') ?? 0,
    passes: (view) => (view.number('readOnlyPort') ?? 0) === 0,
    fix: { readOnlyPort: 0 },
  },
  {
    id: '4.2.5',
    title: 'Idle streaming connections time out',
    wanted: 'streamingConnectionIdleTimeout is not 0',
    why: 'Connections that never time out can exhaust ports and be taken over. From Kubernetes 1.36 the field has no effect.',
    seen: (view) => view.text('streamingConnectionIdleTimeout'),
    passes: (view) => view.duration('streamingConnectionIdleTimeout') > 0n,
    fix: { streamingConnectionIdleTimeout: '4h0m0s' },
  },
  {
    id: '4.2.6',
    title: 'The kubelet keeps its iptables chains',
    wanted: 'makeIPTablesUtilChains is true',
    why: 'Components read these chains to choose the iptables mode; without them packet rules may not match.',
    seen: (view) => view.bool('makeIPTablesUtilChains'),
    passes: (view) => view.bool('makeIPTablesUtilChains'),
    fix: { makeIPTablesUtilChains: true },
  },
  {
    id: '4.2.9',
    title: 'The serving certificate is set or requested',
    wanted: 'serverTLSBootstrap is true, or tlsCertFile and tlsPrivateKeyFile name an issued certificate',
    why: 'A self-signed certificate cannot be verified: callers skip the check and can be intercepted.',
    seen: (view) => ({
      tlsCertFile: view.text('tlsCertFile'),
      tlsPrivateKeyFile: view.text('tlsPrivateKeyFile'),
      serverTLSBootstrap: view.bool('serverTLSBootstrap'),
    }),
    passes: (view) => {
      if (view.bool('serverTLSBootstrap')) return true;
      const [cert, key] = [view.text('tlsCertFile'), view.text('tlsPrivateKeyFile')];
      return cert !== '' && key !== '' && !SELF_SIGNED.test(cert);
    },
    fix: { serverTLSBootstrap: true },
  },
  {
    id: '4.2.10',
    title: 'Client certificates rotate',
    wanted: 'rotateCertificates is true',
    why: 'A certificate that is not renewed expires and takes the node out of the cluster.',
    seen: (view) => view.bool('rotateCertificates'),
    passes: (view) => view.bool('rotateCertificates'),
    fix: { rotateCertificates: true },
  },
  {
    id: '4.2.11',
    title: 'Serving certificate rotation is not switched off',
    wanted: 'featureGates.RotateKubeletServerCertificate is not false',
    why: 'With the gate off, requested serving certificates are not renewed.',
    seen: (view) => view.value('featureGates', 'RotateKubeletServerCertificate') ?? null,
    passes: (view) => view.value('featureGates', 'RotateKubeletServerCertificate') !== false,
    fix: { featureGates: { RotateKubeletServerCertificate: null } },
  },
  {
    id: '4.2.12',
    title: 'Only strong TLS suites are offered',
    wanted: 'tlsCipherSuites lists strong suites only, or tlsMinVersion is VersionTLS13',
    why: "Without a list Go's defaults hold, which change with the version and include suites in CBC mode.",
    seen: (view) => view.list('tlsCipherSuites'),
    passes: (view) => {
      const suites = view.list('tlsCipherSuites');
      if (view.text('tlsMinVersion') === 'VersionTLS13') return true;
      return suites.length > 0 && suites.every((suite) => STRONG_CIPHERS.includes(suite as string));
    },
    fix: { tlsCipherSuites: SUGGESTED_CIPHERS },
  },
  {
    id: '4.2.13',
    title: 'The number of processes in a pod is limited',
    wanted: 'podPidsLimit is above 0',
    why: 'One pod can otherwise use up the process ids of the node and stop everything on it.',
    seen: (view) => view.number('podPidsLimit') ?? -1,
    passes: (view) => (view.number('podPidsLimit') ?? -1) > 0,
    fix: { podPidsLimit: SUGGESTED_PIDS },
  },
  {
    id: '4.2.14',
    title: 'Pods run with the default seccomp profile',
    wanted: 'seccompDefault is true',
    why: 'Pods without a profile may otherwise call everything the kernel offers.',
    seen: (view) => view.bool('seccompDefault'),
    passes: (view) => view.bool('seccompDefault'),
    fix: { seccompDefault: true },
  },
];
