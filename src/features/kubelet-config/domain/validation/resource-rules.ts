import { isJsonObject, ownValue } from '../json/json-value.js';
import { parseQuantity } from '../parsing/quantity.js';
import type { ConfigView } from './config-view.js';
import { type CrossFieldRule, rule, when } from './cross-field-rule.js';

const reserved = (view: ConfigView, resource: string): bigint =>
  (view.quantity('systemReserved', resource) ?? 0n) + (view.quantity('kubeReserved', resource) ?? 0n);

const enforces = (view: ConfigView, ...keys: string[]): boolean =>
  view.list('enforceNodeAllocatable').some((key) => keys.includes(key as string));

interface MemoryEntry {
  numaNode: string;
  type: string;
  amount: bigint;
}

const reservedMemory = (view: ConfigView): MemoryEntry[] =>
  view.list('reservedMemory').flatMap((item) => {
    const limits = isJsonObject(item) ? ownValue(item, 'limits') : undefined;
    if (!isJsonObject(item) || !isJsonObject(limits)) return [];
    return Object.entries(limits).map(([type, amount]) => ({
      numaNode: String(item.numaNode),
      type,
      amount: parseQuantity(String(amount)) ?? 0n,
    }));
  });

export const RESOURCE_RULES: CrossFieldRule[] = [
  rule('ENFORCE_NONE_ALONE', ['enforceNodeAllocatable'], (view) =>
    when(
      enforces(view, 'none') && view.list('enforceNodeAllocatable').length > 1,
      'none cannot be combined with other enforcements',
    ),
  ),
  ...(['system', 'kube'] as const).flatMap((owner) => [
    rule('ENFORCE_NEEDS_CGROUP', ['enforceNodeAllocatable', `${owner}ReservedCgroup`], (view) =>
      when(
        enforces(view, `${owner}-reserved`, `${owner}-reserved-compressible`) &&
          view.text(`${owner}ReservedCgroup`) === '',
        `enforcing ${owner}-reserved needs ${owner}ReservedCgroup`,
      ),
    ),
    rule('ENFORCE_COMPRESSIBLE_EXCLUSIVE', ['enforceNodeAllocatable'], (view) =>
      when(
        enforces(view, `${owner}-reserved`) && enforces(view, `${owner}-reserved-compressible`),
        `${owner}-reserved and ${owner}-reserved-compressible cannot be combined`,
      ),
    ),
  ]),
  rule('ENFORCE_NEEDS_QOS_CGROUPS', ['enforceNodeAllocatable', 'cgroupsPerQOS'], (view) =>
    when(
      view.list('enforceNodeAllocatable').some((key) => key !== 'none') && !view.bool('cgroupsPerQOS'),
      'enforceNodeAllocatable needs cgroupsPerQOS: true',
    ),
  ),
  rule('SYSTEM_CGROUPS_NEED_ROOT', ['systemCgroups', 'cgroupRoot'], (view) =>
    when(view.text('systemCgroups') !== '' && view.text('cgroupRoot') === '', 'systemCgroups needs cgroupRoot'),
  ),
  rule('RESERVED_CPUS_AND_CGROUPS', ['reservedSystemCPUs', 'systemReservedCgroup', 'kubeReservedCgroup'], (view) =>
    when(
      view.text('reservedSystemCPUs') !== '' &&
        (view.text('systemReservedCgroup') !== '' || view.text('kubeReservedCgroup') !== ''),
      'reservedSystemCPUs cannot be combined with systemReservedCgroup or kubeReservedCgroup',
    ),
  ),
  rule(
    'CPU_MANAGER_NEEDS_RESERVATION',
    ['cpuManagerPolicy', 'reservedSystemCPUs', 'systemReserved', 'kubeReserved'],
    (view) =>
      when(
        view.text('cpuManagerPolicy') === 'static' &&
          view.text('reservedSystemCPUs') === '' &&
          reserved(view, 'cpu') <= 0n,
        'cpuManagerPolicy static needs reserved CPU: reservedSystemCPUs, or cpu in systemReserved or kubeReserved',
      ),
  ),
  rule('CPU_MANAGER_OPTIONS_NEED_STATIC', ['cpuManagerPolicyOptions', 'cpuManagerPolicy'], (view) =>
    when(
      Object.keys(view.map('cpuManagerPolicyOptions')).length > 0 && view.text('cpuManagerPolicy') !== 'static',
      'cpuManagerPolicyOptions need cpuManagerPolicy: static',
    ),
  ),
  rule('RESERVED_MEMORY_ZERO', ['reservedMemory'], (view) =>
    when(
      reservedMemory(view).some(({ amount }) => amount <= 0n),
      'each reserved amount must be greater than zero',
    ),
  ),
  rule('RESERVED_MEMORY_DUPLICATE', ['reservedMemory'], (view) => {
    const keys = reservedMemory(view).map(({ numaNode, type }) => `${numaNode} ${type}`);
    return when(new Set(keys).size < keys.length, 'a NUMA node and memory type may be listed once');
  }),
  rule(
    'MEMORY_MANAGER_RESERVATION',
    ['memoryManagerPolicy', 'reservedMemory', 'systemReserved', 'kubeReserved', 'evictionHard'],
    (view) => {
      if (view.text('memoryManagerPolicy') !== 'Static') return undefined;
      const entries = reservedMemory(view).filter(({ type }) => type === 'memory');
      const eviction = view.text('evictionHard', 'memory.available');
      // a percentage depends on the machine, which only the kubelet knows
      if (eviction.endsWith('%')) return when(entries.length === 0, 'memoryManagerPolicy Static needs reservedMemory');
      const wanted = reserved(view, 'memory') + (parseQuantity(eviction || '0') ?? 0n);
      const given = entries.reduce((sum, { amount }) => sum + amount, 0n);
      return when(
        given !== wanted,
        'memoryManagerPolicy Static needs reservedMemory whose memory adds up to systemReserved + kubeReserved + evictionHard memory.available',
      );
    },
  ),
  rule('EVICTION_SOFT_NEEDS_GRACE', ['evictionSoft', 'evictionSoftGracePeriod'], (view) => {
    const graces = view.map('evictionSoftGracePeriod');
    const missing = Object.keys(view.map('evictionSoft')).filter((signal) => !Object.hasOwn(graces, signal));
    return when(missing.length > 0, `evictionSoftGracePeriod is missing for ${missing.join(', ')}`);
  }),
];
