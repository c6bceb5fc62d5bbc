import { isIpAddress } from '../parsing/ip-address.js';
import { type FieldSpec, field, verdict } from './field-spec.js';
import { bool, duration, int, list, object, oneOf, path, port, portOrOff, text } from './field-type.js';
import {
  authenticationVerdict,
  authorizationVerdict,
  DEBUG_HANDLER,
  debuggingHandlersVerdict,
  LOCKOUT,
  RESTART_ONLY,
  readOnlyPortVerdict,
} from './verdicts.js';

/** Go's names of suites that can be configured (TLS 1.3 suites cannot). The insecure ones are accepted by the kubelet, hence known. */
export const TLS_CIPHER_SUITES = [
  'TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA',
  'TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA256',
  'TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256',
  'TLS_ECDHE_ECDSA_WITH_AES_256_CBC_SHA',
  'TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384',
  'TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305',
  'TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256',
  'TLS_ECDHE_ECDSA_WITH_RC4_128_SHA',
  'TLS_ECDHE_RSA_WITH_3DES_EDE_CBC_SHA',
  'TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA',
  'TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA256',
  'TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256',
  'TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA',
  'TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384',
  'TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305',
  'TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256',
  'TLS_ECDHE_RSA_WITH_RC4_128_SHA',
  'TLS_RSA_WITH_3DES_EDE_CBC_SHA',
  'TLS_RSA_WITH_AES_128_CBC_SHA',
  'TLS_RSA_WITH_AES_128_CBC_SHA256',
  'TLS_RSA_WITH_AES_128_GCM_SHA256',
  'TLS_RSA_WITH_AES_256_CBC_SHA',
  'TLS_RSA_WITH_AES_256_GCM_SHA384',
  'TLS_RSA_WITH_RC4_128_SHA',
  'TLS_AES_128_GCM_SHA256',
  'TLS_AES_256_GCM_SHA384',
  'TLS_CHACHA20_POLY1305_SHA256',
] as const;

const TLS = verdict(
  'high',
  'A certificate, key, version or suite that does not fit leaves the API server unable to reach the kubelet.',
);
const ip = text((value) => (isIpAddress(value) ? undefined : 'must be an IPv4 or IPv6 address'));
const ACCESS = verdict('forbidden', 'Who may talk to the kubelet: only changes that harden it are taken.');

export const SERVER_FIELDS: FieldSpec[] = [
  field('enableServer', bool, LOCKOUT('Stops the kubelet server, and with it logs, exec, metrics and this service.'), {
    default: true,
  }),
  field('address', ip, LOCKOUT('Moves the address the kubelet listens on.'), {
    default: '0.0.0.0',
    nodeSpecific: true,
  }),
  field('port', port, LOCKOUT('Moves the port the control plane uses to reach the kubelet.'), {
    default: 10250,
    unit: 'port',
  }),
  field(
    'readOnlyPort',
    portOrOff,
    verdict('forbidden', 'Serves node data without authentication; only 0 (off) is taken.'),
    {
      default: 0,
      unit: 'port',
      stale:
        'Old guides scrape metrics from port 10255. It is off by default and unauthenticated: use the authenticated port 10250.',
      verdict: readOnlyPortVerdict,
    },
  ),
  field('tlsCertFile', path, TLS, { default: '', nodeSpecific: true }),
  field('tlsPrivateKeyFile', path, TLS, { default: '', nodeSpecific: true }),
  field('tlsCipherSuites', list(oneOf(...TLS_CIPHER_SUITES), true), TLS),
  field('tlsCurvePreferences', list(int(1, 65535), true), TLS, { since: '1.36' }),
  field('tlsMinVersion', oneOf('', 'VersionTLS10', 'VersionTLS11', 'VersionTLS12', 'VersionTLS13'), TLS, {
    default: '',
  }),
  field(
    'rotateCertificates',
    bool,
    verdict(
      'medium',
      'The kubelet asks for client certificates by CSR: an approver must be running, or the certificate expires.',
    ),
    { default: false },
  ),
  field(
    'serverTLSBootstrap',
    bool,
    verdict(
      'medium',
      'The kubelet asks for its serving certificate by CSR, which somebody must approve; logs and exec fail until then.',
    ),
    { default: false, gate: 'RotateKubeletServerCertificate' },
  ),
  field(
    'authentication',
    object({
      x509: object({ clientCAFile: path }),
      webhook: object({ enabled: bool, cacheTTL: duration }),
      anonymous: object({ enabled: bool }),
    }),
    ACCESS,
    {
      default: { x509: {}, webhook: { enabled: true, cacheTTL: '2m0s' }, anonymous: { enabled: false } },
      verdict: authenticationVerdict,
    },
  ),
  field(
    'authorization',
    object({
      mode: oneOf('AlwaysAllow', 'Webhook'),
      webhook: object({ cacheAuthorizedTTL: duration, cacheUnauthorizedTTL: duration }),
    }),
    ACCESS,
    {
      default: { mode: 'Webhook', webhook: { cacheAuthorizedTTL: '5m0s', cacheUnauthorizedTTL: '30s' } },
      verdict: authorizationVerdict,
    },
  ),
  field('enableDebuggingHandlers', bool, DEBUG_HANDLER, { default: true, verdict: debuggingHandlersVerdict }),
  field('enableContentionProfiling', bool, RESTART_ONLY, { default: false }),
  field('enableProfilingHandler', bool, DEBUG_HANDLER, { default: true }),
  field('enableDebugFlagsHandler', bool, DEBUG_HANDLER, { default: true }),
  field(
    'healthzPort',
    portOrOff,
    verdict('high', 'The rollout and many probes check the kubelet on this port; 0 switches the check off.'),
    { default: 10248, unit: 'port' },
  ),
  field(
    'healthzBindAddress',
    ip,
    verdict('high', 'Anything but a loopback address opens the health endpoint to the network without authentication.'),
    { default: '127.0.0.1' },
  ),
  field('streamingConnectionIdleTimeout', duration, RESTART_ONLY, {
    default: '4h0m0s',
    unit: 'duration',
    deprecated: 'From Kubernetes 1.36 it has no effect; the container runtime owns streaming connections.',
  }),
  field('enableSystemLogHandler', bool, DEBUG_HANDLER, { default: true }),
  field(
    'enableSystemLogQuery',
    bool,
    verdict('low', 'Lets callers with the right to nodes/log read service logs of the host; a restart applies it.'),
    { default: false, since: '1.27', gate: 'NodeLogQuery' },
  ),
];
