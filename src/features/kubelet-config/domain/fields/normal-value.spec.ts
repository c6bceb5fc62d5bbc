import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { liveConfigHash } from '../drift/config-hash.js';
import { diffConfig } from '../explain/config-diff.js';
import { configYaml } from '../explain/unified-diff.js';
import type { JsonObject } from '../json/json-value.js';

describe('12.13 values that mean the same are no drift', () => {
  it.each<[JsonObject, JsonObject]>([
    [{ logging: { flushFrequency: 5_000_000_000 } }, { logging: { flushFrequency: '5s' } }],
    [{ logging: { flushFrequency: 90_000_000_000 } }, { logging: { flushFrequency: '1m30s' } }],
    [{ logging: { flushFrequency: 0 } }, { logging: { flushFrequency: '0s' } }],
    [{ syncFrequency: '60s' }, { syncFrequency: '1m0s' }],
    [{ containerLogMaxSize: '10485760' }, { containerLogMaxSize: '10Mi' }],
    [{ systemReserved: { cpu: '0.5' } }, { systemReserved: { cpu: '500m' } }],
    [
      { reservedMemory: [{ numaNode: 0, limits: { memory: 1_073_741_824 } }] },
      { reservedMemory: [{ numaNode: 0, limits: { memory: '1Gi' } }] },
    ],
    [{ evictionHard: { 'memory.available': '104857600' } }, { evictionHard: { 'memory.available': '100Mi' } }],
    [
      { evictionSoftGracePeriod: { 'memory.available': '90s' } },
      { evictionSoftGracePeriod: { 'memory.available': '1m30s' } },
    ],
    [{ reservedSystemCPUs: '0,1,2' }, { reservedSystemCPUs: '0-2' }],
  ])('%j is %j', (a, b) => {
    expect(diffConfig(a, b)).toEqual([]);
    expect(liveConfigHash(a)).toBe(liveConfigHash(b));
  });

  it.each<[JsonObject, JsonObject]>([
    [{ logging: { flushFrequency: 5 } }, { logging: { flushFrequency: '5s' } }],
    [{ logging: { flushFrequency: 5_000_000_001 } }, { logging: { flushFrequency: '5s' } }],
    [{ containerLogMaxSize: '10M' }, { containerLogMaxSize: '10Mi' }],
  ])('%j is not %j', (a, b) => {
    expect(diffConfig(a, b)).toHaveLength(1);
    expect(liveConfigHash(a)).not.toBe(liveConfigHash(b));
  });
});

it('12.13 written files read the same in YAML 1.1, which the kubelet speaks', () => {
  const fields = { clusterDomain: 'no', staticPodURLHeader: { on: ['1_000', 'y', '12:30', '0b1', 'True'] } };
  expect(parse(configYaml(fields), { version: '1.1' })).toMatchObject(fields);
});
