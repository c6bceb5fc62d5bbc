import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { KUBELET_FIELDS } from '../fields/kubelet-fields.js';
import type { JsonObject, JsonValue } from '../json/json-value.js';
import type { ConfigTarget } from './config-target.js';
import { validatePatch } from './validate-patch.js';

const data = (name: string) =>
  JSON.parse(readFileSync(new URL(`../../../../../test/data/kubelet/${name}.json`, import.meta.url), 'utf8'));

interface Gate {
  firstKnownIn: string;
  lastKnownIn: string;
  stages: { since: string; default: boolean; locked?: boolean }[];
}
const gates: [string, Gate][] = Object.entries(data('feature-gates'));
const fields: [string, { type: string; since: string; lastIn: string }][] = Object.entries(
  data('kubelet-config-fields'),
);

const MINORS = [29, 30, 31, 32, 33, 34, 35, 36, 37];
const minorOf = (version: string): number => Number(version.split('.')[1]);
const node = (minor: number, more: Partial<ConfigTarget> = {}): ConfigTarget => ({
  node: `n${minor}`,
  kubeletVersion: `v1.${minor}.3`,
  platform: 'unknown',
  live: {},
  ...more,
});
const codes = (patch: JsonObject, ...targets: ConfigTarget[]) =>
  validatePatch(patch, { targets }).errors.map(({ code }) => code);
const gate = (name: string, value: boolean, minor: number, more?: Partial<ConfigTarget>) =>
  codes({ featureGates: { [name]: value } }, node(minor, more));

describe.each(MINORS)('12.12 feature gates of Kubernetes 1.%i', (minor) => {
  it('are known, unknown, removed or locked as its own sources say', () => {
    const differing = gates.flatMap(([name, { firstKnownIn, lastKnownIn, stages }]) => {
      const stage = stages.findLast(({ since }) => minorOf(since) <= minor);
      return [true, false].flatMap((value) => {
        const wanted =
          minor > minorOf(lastKnownIn)
            ? ['FEATURE_GATE_REMOVED']
            : minor < minorOf(firstKnownIn)
              ? ['FEATURE_GATE_NOT_IN_VERSION']
              : stage?.locked && stage.default !== value
                ? ['FEATURE_GATE_LOCKED']
                : [];
        const found = gate(name, value, minor);
        return JSON.stringify(found) === JSON.stringify(wanted) ? [] : [{ name, value, found, wanted }];
      });
    });
    expect(differing).toEqual([]);
  });

  it.each(['DynamicKubeletConfig', 'NoSuchGate', 'CSIMigration', '__proto__', 'constructor', ''])(
    'do not include %j',
    (name) => {
      const patch = JSON.parse(`{"featureGates":{${JSON.stringify(name)}:true}}`);
      expect(codes(patch, node(minor))).toEqual(['FEATURE_GATE_UNKNOWN']);
    },
  );
});

describe('12.12 feature gates', () => {
  it('are judged by the version of each target, which is named', () => {
    const targets = [node(31), node(36), node(37)];
    const { errors } = validatePatch({ featureGates: { SidecarContainers: false } }, { targets });
    expect(errors.map(({ pointer, code, nodes }) => [pointer, code, nodes])).toEqual([
      ['/featureGates/SidecarContainers', 'FEATURE_GATE_LOCKED', ['n36']],
      ['/featureGates/SidecarContainers', 'FEATURE_GATE_REMOVED', ['n37']],
    ]);
  });

  it.each([
    ['NodeSwapp', 'NodeSwap'],
    ['nodeSwap', 'NodeSwap'],
    ['node-log-query', 'NodeLogQuery'],
    ['KubletTracing', 'KubeletTracing'],
  ])('%s is refused with the nearest name, %s', (name, nearest) => {
    const { errors } = validatePatch({ featureGates: { [name]: true } }, { targets: [node(33)] });
    expect(errors[0]?.message).toContain(`did you mean ${nearest}?`);
  });

  it('that the next version refuses, or of which too little is known, are told to reviewers', () => {
    const told = (name: string, minor: number) =>
      validatePatch({ featureGates: { [name]: true } }, { targets: [node(minor)] }).notices.map(({ code }) => code);
    expect(told('SidecarContainers', 36)).toEqual(['FEATURE_GATE_ENDS']);
    expect(told('CPUManager', 30)).toEqual(['FEATURE_GATE_ENDS', 'FEATURE_GATE_NOT_RECORDED']);
    expect(told('SomethingNew', 38)).toEqual(['FEATURE_GATE_NOT_RECORDED']);
    expect(gate('SomethingNew', true, 38)).toEqual([]);
  });

  it('that are set to all alpha or all beta ones switch the fields on that need one', () => {
    const period = { cpuCFSQuotaPeriod: '50ms' };
    expect(codes(period, node(34))).toEqual(['FEATURE_GATE_OFF']);
    expect(codes({ ...period, featureGates: { AllAlpha: true } }, node(34))).toEqual([]);
    expect(codes({ ...period, featureGates: { AllBeta: true } }, node(34))).toEqual(['FEATURE_GATE_OFF']);
  });
});

describe('12.26 what a node reports of its gates', () => {
  const period = { cpuCFSQuotaPeriod: '50ms' };

  it('is not needed where the version has the gate on', () => {
    expect(MINORS.filter((minor) => codes(period, node(minor)).length === 0)).toEqual([36, 37]);
  });

  it('goes before the table, both ways', () => {
    expect(codes(period, node(34, { gates: { CustomCPUCFSQuotaPeriod: true } }))).toEqual([]);
    expect(codes(period, node(36, { gates: { CustomCPUCFSQuotaPeriod: false } }))).toEqual(['FEATURE_GATE_OFF']);
    expect(gate('VendorGate', true, 36, { gates: { VendorGate: false } })).toEqual([]);
    expect(gate('NodeSwap', true, 36, { gates: { NodeSwap: null } })).toEqual(['FEATURE_GATE_UNKNOWN']);
  });

  it('does not outlive a patch that sets the gate', () => {
    const on = node(34, { gates: { CustomCPUCFSQuotaPeriod: true } });
    const off = { ...period, featureGates: { CustomCPUCFSQuotaPeriod: false } };
    expect(codes(off, on)).toEqual(['FEATURE_GATE_OFF']);
  });
});

/** A key that the map knows. */
const KEYS: Record<string, string> = {
  cpuManagerPolicyOptions: 'full-pcpus-only',
  topologyManagerPolicyOptions: 'max-allowable-numa-nodes',
  qosReserved: 'memory',
  systemReserved: 'cpu',
  kubeReserved: 'memory',
  defaultPodSysctls: 'net.ipv4.ip_forward',
  featureGates: 'NodeSwap',
};
/** Values of fields that have no default. */
const SAMPLES: Record<string, JsonValue> = {
  singleProcessOOMKill: true,
  preloadedImagesVerificationAllowlist: ['registry.example/base'],
  tlsCurvePreferences: [29],
};

/** `authentication.webhook.enabled` with a value as a patch; list items and map entries are put in place. */
function patchOf(path: string, type: string, value: JsonValue): JsonObject {
  const entry = { [KEYS[path] ?? 'memory.available']: value };
  const inner = type.startsWith('map[') ? entry : type === 'v1.ResourceList' ? { memory: value } : value;
  return path.split('.').reduceRight<JsonValue>((held, part) => {
    const name = part.replace('[]', '');
    return { [name]: part.endsWith('[]') ? [held] : held };
  }, inner) as JsonObject;
}

const NOT_TEXT = [1, 1.5, true, [], {}];
/** Values that the decoder refuses for a Go type. */
const UNDECODABLE: Record<string, JsonValue[]> = {
  bool: ['true', 'yes', 0, 1, [], {}],
  int32: ['1', 1.5, 2_147_483_648, -2_147_483_649, true, [], {}],
  int64: ['1', 1.5, 1e19, true, [], {}],
  float64: ['0.5', true, [], {}],
  'metav1.Duration': [60, 1.5, '60', '5 s', 'soon', true, [], {}],
  'v1.ResourceList': ['much', true, [], {}],
  'map[string]bool': ['true', 1, [], {}],
  'map[string][]string': ['text', 1, true, {}],
};
const STRUCTS = ['logsapi.LoggingConfiguration', '[]v1.Taint', '*tracingapi.TracingConfiguration'];

describe('12.13 the fields of KubeletConfiguration', () => {
  it('are those of the sources, none more and none less', () => {
    const names = new Set(fields.map(([path]) => (path.split('.')[0] as string).replace('[]', '')));
    expect([...KUBELET_FIELDS.keys()].sort()).toEqual([...names].sort());
  });

  it.each(fields)('%s decodes as its Go type only', (path, { type }) => {
    const item = path.endsWith('[]') ? type.replace('[]', '') : type.replace('*', '');
    const refused: JsonValue[] = STRUCTS.includes(type) ? ['text', 1, true] : (UNDECODABLE[item] ?? NOT_TEXT);
    const taken = refused.filter((value) => {
      const { errors } = validatePatch(patchOf(path, type, value), { targets: [node(37)] });
      return !errors.some(({ code }) =>
        ['INVALID_TYPE', 'OUT_OF_RANGE', 'INVALID_DURATION', 'INVALID_QUANTITY'].includes(code),
      );
    });
    expect(taken).toEqual([]);
  });

  it.each(fields.filter(([, { since }]) => !since.startsWith('<')))(
    '%s is refused before its version',
    (path, { since }) => {
      const name = (path.split('.')[0] as string).replace('[]', '');
      const value = SAMPLES[name] ?? KUBELET_FIELDS.get(name)?.default ?? {};
      const refusing = MINORS.filter((minor) => codes({ [name]: value }, node(minor)).includes('FIELD_NOT_IN_VERSION'));
      expect(refusing).toEqual(MINORS.filter((minor) => minor < minorOf(since)));
    },
  );

  it.each(MINORS)('known in all versions are not refused for their version by 1.%i', (minor) => {
    const old = fields
      .filter(([, { since }]) => since.startsWith('<'))
      .map(([path]) => (path.split('.')[0] as string).replace('[]', ''));
    const refused = old.filter((name) =>
      codes({ [name]: KUBELET_FIELDS.get(name)?.default ?? {} }, node(minor)).includes('FIELD_NOT_IN_VERSION'),
    );
    expect(refused).toEqual([]);
  });

  it.each([
    ['/logging/formatt', { logging: { formatt: 'json' } }],
    ['/authentication/webhook/cacheTtl', { authentication: { webhook: { cacheTtl: '1m' } } }],
    ['/authentication/X509', { authentication: { X509: {} } }],
    ['/memorySwap/behaviour', { memorySwap: { behaviour: 'NoSwap' } }],
    ['/reservedMemory/0/node', { reservedMemory: [{ numaNode: 0, node: 1, limits: { memory: '1Gi' } }] }],
    ['/maxpods', { maxPods: 100, maxpods: 10 }],
  ])('%s is unknown, since names are compared letter by letter', (pointer, patch) => {
    const { errors } = validatePatch(patch, { targets: [node(36)] });
    expect(errors).toContainEqual(expect.objectContaining({ pointer, code: 'UNKNOWN_FIELD' }));
  });
});
