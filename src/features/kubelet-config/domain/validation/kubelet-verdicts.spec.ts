import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { JsonObject } from '../json/json-value.js';
import { parsePatchDocument } from '../parsing/patch-document.js';
import type { ConfigTarget } from './config-target.js';
import { type PatchValidation, validatePatch } from './validate-patch.js';

const read = (path: string): string => readFileSync(new URL(`../../../../../${path}`, import.meta.url), 'utf8');

interface Recorded {
  base: JsonObject;
  verdicts: { patch: string; accepted: boolean; error?: string }[];
}

/** What the decoder and the validation of a real kubelet 1.36.3 said. */
const { base, verdicts }: Recorded = JSON.parse(read('test/data/kubelet/real-kubelet-config-verdicts-1.36.json'));
const target: ConfigTarget = { node: 'n', kubeletVersion: 'v1.36.3', platform: 'unknown', live: base };

/** What the kubelet's decoder takes and this service refuses, by the rule in docs/kubelet-config.md that says why. */
const STRICTER: Record<string, string[]> = {
  UNKNOWN: ['maxpods: 10', 'unknownField: 1'],
  FORBIDDEN: [
    'enableServer: false',
    'kubeletCgroups: /x',
    'readOnlyPort: 10255',
    'registerNode: false',
    'registerWithTaints: [{key: a, effect: NoSchedule}]',
    'staticPodURL: "http://x/"',
    'volumePluginDir: ""',
  ],
  'FAILS AT START': [
    'allowedUnsafeSysctls: ["*"]',
    'allowedUnsafeSysctls: ["foo"]',
    'cgroupDriver: foo',
    'containerRuntimeEndpoint: ""',
    'cpuManagerPolicy: static',
    'cpuManagerPolicyOptions: {full-pcpus-only: "true"}',
    'kubeReserved: {cpu: "-1"}',
    'kubeReserved: {gpu: "1"}',
    'memoryManagerPolicy: Static',
    'memoryManagerPolicy: static',
    'qosReserved: {memory: "50%"}',
    'systemReserved: {memory: abc}',
    'tlsCipherSuites: [FOO]',
    'tlsMinVersion: VersionTLS14',
    'topologyManagerPolicyOptions: {foo: "true"}',
  ],
  'NO MEANING': [
    'clusterDNS: [dns.example]',
    'clusterDNS: [foo]',
    'cpuManagerReconcilePeriod: -1s',
    'evictionMaxPodGracePeriod: -1',
    'nodeStatusReportFrequency: -1s',
    'podCIDR: 10.0.0.0/33',
    'podLogsDir: relative/dir',
    'podPidsLimit: -2',
    'staticPodPath: relative',
  ],
};
/** The recorder had not registered the gates of logging, which every kubelet does: format json is in wide use. */
const RECORDER_FAULTS = ['logging: {format: json}'];

function check(patch: string, on = target): PatchValidation {
  const parsed = parsePatchDocument(patch);
  return 'errors' in parsed ? { errors: parsed.errors, notices: [] } : validatePatch(parsed.patch, { targets: [on] });
}

describe('12.13 the verdicts of a real kubelet', () => {
  const stricter = new Map(
    Object.entries(STRICTER).flatMap(([rule, patches]) => patches.map((patch) => [patch, rule])),
  );

  it('are all there, and the list of what is stricter holds nothing else', () => {
    expect(verdicts.length).toBeGreaterThan(200);
    const accepted = verdicts.filter((verdict) => verdict.accepted).map(({ patch }) => patch);
    expect([...stricter.keys()].filter((patch) => !accepted.includes(patch))).toEqual([]);
    expect(RECORDER_FAULTS.every((patch) => verdicts.some((verdict) => verdict.patch === patch))).toBe(true);
  });

  it.each(verdicts.filter(({ patch }) => !RECORDER_FAULTS.includes(patch)))('$patch', ({ patch, accepted }) => {
    const { errors } = check(patch);
    expect(errors.length === 0, JSON.stringify(errors)).toBe(accepted && !stricter.has(patch));
    if (accepted) return;
    // what the kubelet refuses is refused for what it is, not only because nobody may change the field
    expect(errors.some(({ code }) => code !== 'FIELD_FORBIDDEN')).toBe(true);
  });

  it.each(RECORDER_FAULTS)('%s is taken, since only the recorder refused it', (patch) => {
    expect(check(patch).errors).toEqual([]);
  });

  it.each(Object.keys(STRICTER))('the rule %s is in the docs', (rule) => {
    expect(read('docs/kubelet-config.md')).toContain(`| ${rule} |`);
  });
});

describe('12.13 a value of the wrong kind is refused with the form that was meant', () => {
  it.each([
    ['systemReserved: {cpu: 1}', '/systemReserved/cpu', '"1" in quotes'],
    ['kubeReserved: {memory: 1073741824}', '/kubeReserved/memory', '"1073741824" in quotes'],
    ['containerLogMaxSize: 10485760', '/containerLogMaxSize', '"10485760" in quotes'],
    ['evictionHard: {memory.available: 100}', '/evictionHard/memory.available', '"100" in quotes'],
    ['evictionMinimumReclaim: {memory.available: 0}', '/evictionMinimumReclaim/memory.available', '"0" in quotes'],
    [
      'cpuManagerPolicyOptions: {full-pcpus-only: true}',
      '/cpuManagerPolicyOptions/full-pcpus-only',
      '"true" in quotes',
    ],
    ['qosReserved: {memory: 50}', '/qosReserved/memory', '"50" in quotes'],
    ['syncFrequency: 60', '/syncFrequency', '"60s"'],
    ['crashLoopBackOff: {maxContainerRestartPeriod: 60}', '/crashLoopBackOff/maxContainerRestartPeriod', '"60s"'],
    ['evictionSoftGracePeriod: {memory.available: 90}', '/evictionSoftGracePeriod/memory.available', '"90s"'],
    ['maxPods: "90"', '/maxPods', '90 without quotes'],
    ['logging: {verbosity: "3"}', '/logging/verbosity', '3 without quotes'],
    ['enableServer: "true"', '/enableServer', 'true without quotes'],
    ['featureGates: {MemoryQoS: "true"}', '/featureGates/MemoryQoS', 'true without quotes'],
    ['reservedSystemCPUs: 1', '/reservedSystemCPUs', '"1" in quotes'],
  ])('%s', (patch, pointer, form) => {
    expect(check(patch).errors).toContainEqual(
      expect.objectContaining({ pointer, code: 'INVALID_TYPE', message: expect.stringContaining(form) }),
    );
  });

  it('but for types whose own decoder takes numbers', () => {
    expect(check('logging: {flushFrequency: 5000000000}').errors).toEqual([]);
    expect(check('logging: {flushFrequency: "5"}').errors[0]?.code).toBe('INVALID_DURATION');
    const alpha = 'featureGates: {LoggingAlphaOptions: true}\nlogging: {options: {text: {infoBufferSize: 1024}}}';
    expect(check(alpha).errors).toEqual([]);
    const reserved = `reservedMemory: [{numaNode: 0, limits: {memory: 1048576}}]`;
    expect(check(reserved).errors).toEqual([]);
  });
});

describe('12.13 failCgroupV1', () => {
  const on = (cgroupVersion?: number): ConfigTarget => ({ ...target, ...(cgroupVersion ? { cgroupVersion } : {}) });

  it('is turned on only where the kubelet says that its host has cgroup v2', () => {
    const codes = (version?: number) => check('failCgroupV1: true', on(version)).errors.map(({ code }) => code);
    expect([codes(), codes(1), codes(2)]).toEqual([['CGROUP_V1_HOST'], ['CGROUP_V1_HOST'], []]);
    const removed = { ...on(), live: { ...base, failCgroupV1: false } };
    expect(check('failCgroupV1: null', removed).errors.map(({ code }) => code)).toEqual(['CGROUP_V1_HOST']);
    const already = { ...on(), live: { ...base, failCgroupV1: true } };
    expect(check('failCgroupV1: true', already).errors).toEqual([]);
  });
});
