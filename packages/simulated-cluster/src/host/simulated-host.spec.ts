import { describe, expect, it } from 'vitest';
import { stringify } from 'yaml';
import { defaultHost, KUBEADM_CONFIG } from './default-host.js';
import { SimulatedHost } from './simulated-host.js';

const MAIN = '/var/lib/kubelet/config.yaml';
const DIR = '/etc/kubernetes/kubelet.conf.d';
const HEAD = { apiVersion: 'kubelet.config.k8s.io/v1beta1', kind: 'KubeletConfiguration' };

function host(name = 'worker-4') {
  const machine = new SimulatedHost(defaultHost(name));
  machine.startKubelet();
  return machine;
}

const lastError = (machine: SimulatedHost) =>
  machine.recordedLines.filter((line) => line.text.includes('"command failed"')).at(-1)?.text ?? '';

describe('simulated host', () => {
  it('fills in defaults around the main file', () => {
    const config = host().kubelet?.config;
    expect(config).toMatchObject({ maxPods: 110, cgroupDriver: 'systemd', eventRecordQPS: 50, syncFrequency: '1m0s' });
    expect(config.authentication.webhook).toEqual({ enabled: true, cacheTTL: '0s' });
    expect(config.apiVersion).toBeUndefined();
  });

  it('applies drop-ins in lexical order as merge patches, and flags last', () => {
    const machine = host();
    machine.write(`${DIR}/20-b.conf`, stringify({ ...HEAD, maxPods: 50, systemReserved: { cpu: '100m' } }));
    machine.write(
      `${DIR}/10-a.conf`,
      stringify({ ...HEAD, maxPods: 40, clusterDNS: ['10.0.0.1'], seccompDefault: null }),
    );
    machine.write(`${DIR}/30-ignored.yaml`, 'not: a drop-in');
    expect(machine.restartKubelet()).toBe(true);
    expect(machine.kubelet?.config).toMatchObject({ maxPods: 50, clusterDNS: ['10.0.0.1'], seccompDefault: false });
    machine.flags['max-pods'] = '77';
    machine.restartKubelet();
    expect(machine.kubelet?.config.maxPods).toBe(77);
  });

  it('drops default eviction thresholds when the main file sets some, unless told to merge', () => {
    const machine = host();
    machine.write(MAIN, stringify({ ...KUBEADM_CONFIG, evictionHard: { 'memory.available': '1Gi' } }));
    machine.restartKubelet();
    expect(machine.kubelet?.config.evictionHard).toEqual({ 'memory.available': '1Gi' });
  });

  it.each([
    [
      'an invalid value',
      { ...HEAD, imageGCHighThresholdPercent: 70, imageGCLowThresholdPercent: 90 },
      'must be less than',
    ],
    ['a wrong type', { ...HEAD, maxPods: 'many' }, 'cannot unmarshal string into Go struct field'],
    ['a bad duration', { ...HEAD, syncFrequency: '5 minutes' }, 'time: invalid duration'],
    ['a missing kind', { apiVersion: HEAD.apiVersion, maxPods: 5 }, "Object 'Kind' is missing"],
    ['a missing version', { kind: HEAD.kind, maxPods: 5 }, "Object 'apiVersion' is missing"],
  ])('does not start with %s in a drop-in, and starts again once it is gone', (_name, dropIn, message) => {
    const machine = host();
    machine.write(`${DIR}/90-bad.conf`, stringify(dropIn));
    expect(machine.restartKubelet()).toBe(false);
    expect(machine.state).toBe('failed');
    expect(machine.kubelet).toBeUndefined();
    expect(lastError(machine)).toContain(message);
    machine.remove(`${DIR}/90-bad.conf`);
    expect(machine.restartKubelet()).toBe(true);
  });

  it('refuses a policy that its checkpoint was not written under until the file is deleted', () => {
    const machine = host();
    const changed = { ...HEAD, cpuManagerPolicy: 'static', systemReserved: { cpu: '500m' } };
    machine.write(`${DIR}/90-cpu.conf`, stringify(changed));
    expect(machine.restartKubelet()).toBe(false);
    expect(lastError(machine)).toContain('differs from state checkpoint policy');
    machine.remove('/var/lib/kubelet/cpu_manager_state');
    expect(machine.restartKubelet()).toBe(true);
  });

  it('loses a verbosity set at run time with the process', () => {
    const machine = host();
    machine.verbosity = 6;
    machine.restartKubelet();
    expect([machine.verbosity, machine.restarts]).toEqual([2, 1]);
  });

  it('starts on every host of the default profile', () => {
    for (const name of ['worker-1', 'worker-2', 'worker-6', 'batch-1', 'batch-2', 'gpu-1', 'control-plane-1']) {
      expect([name, host(name).state]).toEqual([name, 'running']);
    }
    expect(host('batch-1').kubelet?.config).toMatchObject({ readOnlyPort: 10255 });
    expect(host('gpu-1').kubelet?.config).toMatchObject({ maxPods: 64, enableSystemLogQuery: false });
  });
});
