import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { KUBELET_FIELDS } from '../fields/kubelet-fields.js';
import type { JsonObject } from '../json/json-value.js';
import { parsePatchDocument } from '../parsing/patch-document.js';
import type { ConfigTarget } from './config-target.js';
import { CROSS_FIELD_RULES, validatePatch } from './validate-patch.js';

const live: JsonObject = {
  authentication: {
    x509: { clientCAFile: '/etc/kubernetes/pki/ca.crt' },
    webhook: { enabled: true, cacheTTL: '2m0s' },
    anonymous: { enabled: false },
  },
  authorization: { mode: 'Webhook', webhook: { cacheAuthorizedTTL: '5m0s', cacheUnauthorizedTTL: '30s' } },
  maxPods: 110,
  imageGCHighThresholdPercent: 85,
  imageGCLowThresholdPercent: 80,
  cgroupsPerQOS: true,
  enforceNodeAllocatable: ['pods'],
  enableSystemLogHandler: true,
  serializeImagePulls: true,
  failSwapOn: true,
};
const target = (over: Partial<ConfigTarget> = {}): ConfigTarget => ({
  node: 'worker-1',
  kubeletVersion: 'v1.36.0',
  platform: 'kubeadm',
  dropInDirectory: '/etc/kubernetes/kubelet.conf.d',
  live,
  ...over,
});
const codes = (patch: JsonObject, ...targets: ConfigTarget[]) =>
  validatePatch(patch, { targets }).errors.map(({ code, pointer }) => `${pointer} ${code}`);

/** One breaking patch per rule, in the order of nothing but the code. */
const BROKEN: [code: string, patch: JsonObject][] = [
  ['IMAGE_GC_THRESHOLD_ORDER', { imageGCLowThresholdPercent: 85 }],
  ['IMAGE_GC_AGE_ORDER', { imageMaximumGCAge: '1m' }],
  ['PARALLEL_PULLS_SERIALIZED', { maxParallelImagePulls: 4 }],
  ['ALLOWLIST_WITHOUT_POLICY', { preloadedImagesVerificationAllowlist: ['registry.example/base'] }],
  ['SHUTDOWN_CRITICAL_ABOVE_TOTAL', { shutdownGracePeriod: '10s', shutdownGracePeriodCriticalPods: '20s' }],
  ['SHUTDOWN_TOO_SHORT', { shutdownGracePeriod: '500ms' }],
  ['SHUTDOWN_TOO_SHORT', { shutdownGracePeriod: '5s', shutdownGracePeriodCriticalPods: '1ms' }],
  [
    'SHUTDOWN_BY_PRIORITY_EXCLUSIVE',
    { shutdownGracePeriod: '10s', shutdownGracePeriodByPodPriority: [{ priority: 0, shutdownGracePeriodSeconds: 5 }] },
  ],
  ['LOG_QUERY_NEEDS_HANDLER', { enableSystemLogQuery: true, enableSystemLogHandler: false }],
  ['TLS_PAIR_INCOMPLETE', { tlsCertFile: '/etc/tls.crt' }],
  ['VMODULE_NEEDS_TEXT', { logging: { format: 'json', vmodule: [{ filePattern: 'kubelet*', verbosity: 5 }] } }],
  ['LOGGING_OPTIONS_NEED_GATE', { logging: { options: { json: { splitStream: true } } } }],
  ['HEARTBEAT_TOO_SLOW', { nodeLeaseDurationSeconds: 160 }],
  ['RUN_ONCE', { runOnce: true }],
  ['IDS_PER_POD_STEP', { userNamespaces: { idsPerPod: 65537 } }],
  ['ENFORCE_NONE_ALONE', { enforceNodeAllocatable: ['none', 'pods'] }],
  ['ENFORCE_NEEDS_CGROUP', { enforceNodeAllocatable: ['pods', 'system-reserved'] }],
  ['ENFORCE_NEEDS_CGROUP', { enforceNodeAllocatable: ['pods', 'kube-reserved-compressible'] }],
  [
    'ENFORCE_COMPRESSIBLE_EXCLUSIVE',
    { enforceNodeAllocatable: ['kube-reserved', 'kube-reserved-compressible'], kubeReservedCgroup: '/kube' },
  ],
  [
    'ENFORCE_COMPRESSIBLE_EXCLUSIVE',
    { enforceNodeAllocatable: ['system-reserved', 'system-reserved-compressible'], systemReservedCgroup: '/system' },
  ],
  ['ENFORCE_NEEDS_QOS_CGROUPS', { cgroupsPerQOS: false }],
  ['SYSTEM_CGROUPS_NEED_ROOT', { systemCgroups: '/system' }],
  ['RESERVED_CPUS_AND_CGROUPS', { reservedSystemCPUs: '0-1', kubeReservedCgroup: '/kube' }],
  ['CPU_MANAGER_NEEDS_RESERVATION', { cpuManagerPolicy: 'static' }],
  ['CPU_MANAGER_OPTIONS_NEED_STATIC', { cpuManagerPolicyOptions: { 'align-by-socket': 'true' } }],
  ['RESERVED_MEMORY_ZERO', { reservedMemory: [{ numaNode: 0, limits: { memory: '0' } }] }],
  [
    'RESERVED_MEMORY_DUPLICATE',
    {
      reservedMemory: [
        { numaNode: 0, limits: { memory: '1Gi' } },
        { numaNode: 0, limits: { memory: '2Gi' } },
      ],
    },
  ],
  ['MEMORY_MANAGER_RESERVATION', { memoryManagerPolicy: 'Static', kubeReserved: { memory: '1Gi' } }],
  ['EVICTION_SOFT_NEEDS_GRACE', { evictionSoft: { 'memory.available': '1Gi' } }],
];

describe('cross-field rules', () => {
  it.each(BROKEN)('%s is reported', (code, patch) => {
    expect(validatePatch(patch, { targets: [target()] }).errors).toContainEqual(
      expect.objectContaining({ code, nodes: ['worker-1'] }),
    );
  });

  it('all have a case', () => {
    expect(new Set(BROKEN.map(([code]) => code))).toEqual(new Set(CROSS_FIELD_RULES.map(({ code }) => code)));
  });

  it('look at the live value of what the patch leaves alone', () => {
    expect(codes({ imageGCLowThresholdPercent: 84 }, target())).toEqual([]);
    const lower = target({ live: { ...live, imageGCHighThresholdPercent: 70, imageGCLowThresholdPercent: 60 } });
    expect(codes({ imageGCLowThresholdPercent: 84 }, lower)).toEqual([
      '/imageGCLowThresholdPercent IMAGE_GC_THRESHOLD_ORDER',
    ]);
  });

  it('do not blame a patch for what was broken before', () => {
    const odd = target({ live: { ...live, imageGCLowThresholdPercent: 99 } });
    expect(codes({ maxPods: 120 }, odd)).toEqual([]);
  });
});

describe('access to the kubelet', () => {
  const open = target({
    live: { ...live, authentication: { anonymous: { enabled: true } }, authorization: { mode: 'AlwaysAllow' } },
  });

  it.each<[string, JsonObject, ConfigTarget]>([
    ['anonymous off', { authentication: { anonymous: { enabled: false } } }, open],
    ['webhook on', { authentication: { webhook: { enabled: true } } }, open],
    ['client CA set', { authentication: { x509: { clientCAFile: '/ca.crt' } } }, open],
    ['authorization on', { authorization: { mode: 'Webhook' } }, open],
    ['shorter cache', { authentication: { webhook: { cacheTTL: '30s' } } }, target()],
    ['read-only port off', { readOnlyPort: 0 }, target({ live: { ...live, readOnlyPort: 10255 } })],
  ])('%s hardens and is taken', (_name, patch, on) => expect(codes(patch, on)).toEqual([]));

  it.each<[string, JsonObject]>([
    ['/authentication', { authentication: { anonymous: { enabled: true } } }],
    ['/authentication', { authentication: { webhook: { enabled: false } } }],
    ['/authentication', { authentication: { x509: { clientCAFile: '/other.crt' } } }],
    ['/authentication', { authentication: { x509: null } }],
    ['/authentication', { authentication: null }],
    ['/authentication', { authentication: { webhook: { cacheTTL: '1h' } } }],
    ['/authorization', { authorization: { mode: 'AlwaysAllow' } }],
    ['/authorization', { authorization: { webhook: { cacheAuthorizedTTL: '24h' } } }],
    ['/readOnlyPort', { readOnlyPort: 10255 }],
  ])('%s is forbidden by %j', (pointer, patch) =>
    expect(codes(patch, target())).toContain(`${pointer} FIELD_FORBIDDEN`),
  );
});

describe('targets', () => {
  it('name the nodes whose version does not know a field, and only those', () => {
    const { errors } = validatePatch(
      { crashLoopBackOff: { maxContainerRestartPeriod: '60s' } },
      {
        targets: [
          target({ node: 'old', kubeletVersion: 'v1.31.9' }),
          target({ node: 'gated', kubeletVersion: 'v1.34.1+k3s1' }),
          target({ node: 'new', kubeletVersion: 'v1.36.0' }),
          target({ node: 'new-too', kubeletVersion: 'v1.36.0' }),
        ],
      },
    );
    expect(errors.map(({ code, nodes }) => [code, nodes])).toEqual([
      ['FIELD_NOT_IN_VERSION', ['old']],
      ['FEATURE_GATE_OFF', ['gated']],
    ]);
  });

  it('accept a gated field with the gate in the same patch', () => {
    const patch = {
      crashLoopBackOff: { maxContainerRestartPeriod: '60s' },
      featureGates: { KubeletCrashLoopBackOffMax: true },
    };
    expect(codes(patch, target({ kubeletVersion: 'v1.34.0' }))).toEqual([]);
  });

  it('refuse to switch a locked gate off, and hidden metrics of a far version', () => {
    expect(codes({ featureGates: { NodeSwap: false }, showHiddenMetricsForVersion: '1.30' }, target())).toEqual([
      '/featureGates/NodeSwap FEATURE_GATE_LOCKED',
      '/showHiddenMetricsForVersion NOT_ALLOWED',
    ]);
  });

  it('get notices by platform and drop-in directory', () => {
    const { errors, notices } = validatePatch(
      { clusterDNS: ['10.43.0.10'] },
      {
        targets: [
          target({ node: 'a', platform: 'managed', dropInDirectory: null }),
          target({ node: 'b', dropInDirectory: null }),
          target({ node: 'c', platform: 'k3s' }),
          target({ node: 'd', live: null }),
        ],
      },
    );
    expect(errors).toEqual([]);
    expect(notices.map(({ code, nodes }) => [code, nodes])).toEqual([
      ['MANAGED_PLATFORM', ['a']],
      ['NO_DROP_IN_DIRECTORY', ['b']],
      ['LIVE_CONFIG_UNKNOWN', ['d']],
      ['SET_BY_PLATFORM', ['c']],
    ]);
  });

  it('explain deprecated fields and stale practices', () => {
    const { notices } = validatePatch({ iptablesDropBit: 15, hairpinMode: 'none' }, { targets: [target()] });
    expect(notices.map(({ pointer, code }) => `${pointer} ${code}`)).toEqual([
      '/iptablesDropBit DEPRECATED_FIELD',
      '/hairpinMode STALE_PRACTICE',
    ]);
  });
});

describe('unknown fields', () => {
  it.each([
    ['maxPod', 'maxPods'],
    ['max-pods', 'maxPods'],
    ['MaxPods', 'maxPods'],
    ['imageGCHighTresholdPercent', 'imageGCHighThresholdPercent'],
    ['clusterDns', 'clusterDNS'],
  ])('%s is refused with %s', (name, nearest) => {
    const { errors } = validatePatch({ [name]: 1 }, { targets: [] });
    expect(errors).toEqual([
      { pointer: `/${name}`, code: 'UNKNOWN_FIELD', message: expect.stringContaining(`did you mean ${nearest}?`) },
    ]);
  });

  it('from old guides are explained', () => {
    const { errors } = validatePatch({ 'network-plugin': 'cni', dynamicConfigDir: '/x' }, { targets: [] });
    expect(errors.map(({ code }) => code)).toEqual(['STALE_FIELD', 'STALE_FIELD']);
    expect(errors[0]?.message).toContain('dockershim');
  });

  it('inside objects point at the member with an escaped pointer', () => {
    expect(codes({ logging: { formt: 'json' }, evictionHard: { 'a/b~c': '1Gi' } })).toEqual([
      '/logging/formt UNKNOWN_FIELD',
      '/evictionHard/a~1b~0c INVALID_KEY',
    ]);
  });
});

describe('validatePatch', () => {
  it('reports everything at once, below a prefix', () => {
    const { errors } = validatePatch(
      { maxPods: 'many', nope: 1, imageGCLowThresholdPercent: 90, kind: 'Pod' },
      { targets: [target()], pointerPrefix: '/patch' },
    );
    expect(errors.map(({ pointer }) => pointer)).toEqual([
      '/patch/kind',
      '/patch/maxPods',
      '/patch/nope',
      '/patch/imageGCLowThresholdPercent',
    ]);
  });

  it.each([[null], [[]], ['text'], [7], [{}], [{ apiVersion: 'kubelet.config.k8s.io/v1beta1' }]])(
    'refuses %j',
    (patch) => {
      expect(validatePatch(patch, { targets: [] }).errors).toHaveLength(1);
    },
  );

  it('never throws, whatever JSON it is given', () => {
    const names = fc.oneof(
      fc.constantFrom(...KUBELET_FIELDS.keys()),
      fc.string(),
      fc.constantFrom('__proto__', 'constructor', 'toString'),
    );
    const value = fc.oneof(fc.jsonValue(), fc.constantFrom('10%', '5m', '1Gi', '0-3', -1, 0, 1e308, {}, []));
    fc.assert(
      fc.property(
        fc.dictionary(names, value),
        fc.option(fc.dictionary(names, value)),
        fc.string(),
        (patch, current, version) => {
          const on = target({ live: current as JsonObject | null, kubeletVersion: version });
          const { errors, notices } = validatePatch(JSON.parse(JSON.stringify(patch)), { targets: [on, target()] });
          for (const { pointer, message } of [...errors, ...notices]) {
            expect(pointer === '' || pointer.startsWith('/')).toBe(true);
            expect(message).not.toBe('');
          }
        },
      ),
      { numRuns: 2000 },
    );
    fc.assert(fc.property(fc.jsonValue(), (patch) => void validatePatch(patch, { targets: [target()] })));
  });

  it('survives a document nested deeper than the stack', () => {
    const deep = JSON.parse(`${'['.repeat(5000)}${']'.repeat(5000)}`);
    expect(validatePatch({ maxPods: deep }, { targets: [] }).errors[0]?.code).toBe('PATCH_TOO_DEEP');
  });
});

describe('parsePatchDocument', () => {
  it('reads YAML and JSON alike', () => {
    const wanted = { patch: { maxPods: 200, evictionHard: { 'memory.available': '5%' }, clusterDNS: null } };
    expect(parsePatchDocument('maxPods: 200\nevictionHard:\n  memory.available: 5%\nclusterDNS: null\n')).toEqual(
      wanted,
    );
    expect(parsePatchDocument(JSON.stringify(wanted.patch))).toEqual(wanted);
  });

  it.each([
    ['a: 1\na: 2', 'PATCH_NOT_PARSABLE'],
    ['a: &x [1]\nb: *x', 'PATCH_NOT_PARSABLE'],
    ['{', 'PATCH_NOT_PARSABLE'],
    ['--- {}\n--- {}', 'PATCH_NOT_PARSABLE'],
    ['- a', 'PATCH_NOT_AN_OBJECT'],
    ['', 'PATCH_NOT_AN_OBJECT'],
    [`a: ${'['.repeat(40)}${']'.repeat(40)}`, 'PATCH_TOO_DEEP'],
    ['x'.repeat(70_000), 'PATCH_TOO_LARGE'],
  ])('refuses %s', (text, code) => {
    expect(parsePatchDocument(text)).toEqual({ errors: [{ pointer: '', code, message: expect.any(String) }] });
  });

  it('never throws', () => {
    fc.assert(fc.property(fc.string({ unit: 'binary', maxLength: 200 }), (text) => void parsePatchDocument(text)));
  });
});
