import { parseQuantity } from '../parsing/quantity.js';
import { type FieldSpec, field, verdict } from './field-spec.js';
import {
  bool,
  cgroupName,
  decodedQuantity,
  duration,
  durationBetween,
  evictionGracePeriods,
  evictionReclaims,
  evictionThresholds,
  INT53_MAX,
  int,
  list,
  MILLISECOND,
  map,
  object,
  oneOf,
  quantity,
  SECOND,
  text,
} from './field-type.js';
import { ADMISSION, CHECKPOINT, LOCKOUT, NODE_STATE, PERIODS, RESTART_ONLY } from './verdicts.js';

const CPU_STATE = ['/var/lib/kubelet/cpu_manager_state'];
const MEMORY_STATE = ['/var/lib/kubelet/memory_manager_state'];
const BOTH_STATES = [...CPU_STATE, ...MEMORY_STATE];

const CGROUPS = LOCKOUT('Rebuilds the cgroup tree: every pod on the node loses its limits or dies.');
const OOM = verdict(
  'high',
  'Decides who the kernel kills when memory runs out; set for containers when they start.',
  true,
);
const EVICTION_TIMING = verdict('medium', 'Changes how soon and how much the kubelet evicts under pressure.');

const reservable = (key: string) =>
  ['cpu', 'memory', 'ephemeral-storage', 'pid'].includes(key)
    ? undefined
    : 'is not a resource that can be reserved; known ones are cpu, memory, ephemeral-storage, pid';
const reservation = map(quantity, reservable);
const flag = text((value) => (/^(true|false)$/.test(value) ? undefined : 'must be "true" or "false" as text'));
const known = (names: readonly string[]) => (key: string) =>
  names.includes(key) ? undefined : `is not a known option; known ones are ${names.join(', ')}`;
const CPU_OPTIONS = [
  'full-pcpus-only',
  'distribute-cpus-across-numa',
  'align-by-socket',
  'distribute-cpus-across-cores',
  'strict-cpu-reservation',
  'prefer-align-cpus-by-uncorecache',
];
const TOPOLOGY_OPTIONS = ['prefer-closest-numa-nodes', 'max-allowable-numa-nodes'];
const topologyOption = text((value) =>
  /^(true|false|\d{1,4})$/.test(value) ? undefined : 'must be "true", "false" or a number as text',
);
const memoryType = (key: string) => {
  if (key === 'memory') return undefined;
  const size = key.startsWith('hugepages-') ? parseQuantity(key.slice('hugepages-'.length)) : undefined;
  return size !== undefined && size > 0n
    ? undefined
    : 'is not a memory type; known ones are memory and hugepages-<size>';
};
const MEMORY_QOS = verdict(
  'high',
  'Changes when the kernel throttles or protects container memory; applies to containers as they start.',
  true,
);

export const RESOURCE_FIELDS: FieldSpec[] = [
  field('kubeletCgroups', cgroupName, CGROUPS, { default: '' }),
  field('systemCgroups', cgroupName, CGROUPS, { default: '' }),
  field('cgroupRoot', cgroupName, CGROUPS, { default: '' }),
  field('cgroupsPerQOS', bool, CGROUPS, { default: true }),
  field('cgroupDriver', oneOf('cgroupfs', 'systemd'), CGROUPS, {
    default: 'cgroupfs',
    stale:
      'Must equal the driver of the container runtime; from Kubernetes 1.34 the kubelet asks the runtime and ignores this field.',
  }),
  field(
    'failCgroupV1',
    bool,
    verdict('high', 'true keeps the kubelet from starting on hosts that still use cgroup v1.'),
    {
      default: true,
      since: '1.31',
    },
  ),
  field('singleProcessOOMKill', bool, OOM, { since: '1.32' }),
  field('oomScoreAdj', int(-1000, 1000), verdict('medium', 'Decides how early the kernel kills the kubelet itself.'), {
    default: -999,
  }),
  field('cpuManagerPolicy', oneOf('none', 'static'), CHECKPOINT, { default: 'none', checkpointFiles: CPU_STATE }),
  field('cpuManagerPolicyOptions', map(flag, known(CPU_OPTIONS)), CHECKPOINT, { checkpointFiles: CPU_STATE }),
  field('cpuManagerReconcilePeriod', duration, PERIODS, { default: '10s', unit: 'duration' }),
  field('memoryManagerPolicy', oneOf('None', 'Static'), CHECKPOINT, { default: 'None', checkpointFiles: MEMORY_STATE }),
  field('topologyManagerPolicy', oneOf('none', 'best-effort', 'restricted', 'single-numa-node'), CHECKPOINT, {
    default: 'none',
    checkpointFiles: BOTH_STATES,
  }),
  field('topologyManagerScope', oneOf('container', 'pod'), CHECKPOINT, {
    default: 'container',
    checkpointFiles: BOTH_STATES,
  }),
  field('topologyManagerPolicyOptions', map(topologyOption, known(TOPOLOGY_OPTIONS)), CHECKPOINT, {
    since: '1.26',
    checkpointFiles: BOTH_STATES,
  }),
  field('reservedSystemCPUs', { kind: 'cpuset' }, CHECKPOINT, {
    default: '',
    checkpointFiles: BOTH_STATES,
  }),
  field(
    'reservedMemory',
    list(object({ numaNode: int(0), limits: map(decodedQuantity, memoryType) }, 'numaNode', 'limits')),
    CHECKPOINT,
    { checkpointFiles: MEMORY_STATE },
  ),
  field(
    'qosReserved',
    map(
      text((v) => (/^(\d|[1-9]\d|100)%$/.test(v) ? undefined : 'must be a percentage from 0% to 100%')),
      known(['memory']),
    ),
    ADMISSION,
    {
      gate: 'QOSReserved',
    },
  ),
  field(
    'cpuCFSQuota',
    bool,
    verdict('high', 'Off, CPU limits of containers are no longer enforced; applies to containers as they start.', true),
    {
      default: true,
    },
  ),
  field(
    'cpuCFSQuotaPeriod',
    durationBetween(MILLISECOND, SECOND, 'must be between 1ms and 1s'),
    verdict('high', 'Changes how CPU limits throttle containers; applies to containers as they start.', true),
    { default: '100ms', unit: 'duration', gate: 'CustomCPUCFSQuotaPeriod' },
  ),
  field('systemReserved', reservation, ADMISSION),
  field('kubeReserved', reservation, ADMISSION),
  field('systemReservedCgroup', cgroupName, ADMISSION, { default: '' }),
  field('kubeReservedCgroup', cgroupName, ADMISSION, { default: '' }),
  field(
    'enforceNodeAllocatable',
    list(
      oneOf(
        'none',
        'pods',
        'system-reserved',
        'system-reserved-compressible',
        'kube-reserved',
        'kube-reserved-compressible',
      ),
      true,
    ),
    ADMISSION,
    { default: ['pods'] },
  ),
  field('evictionHard', evictionThresholds, ADMISSION, {
    default: {
      'memory.available': '100Mi',
      'nodefs.available': '10%',
      'nodefs.inodesFree': '5%',
      'imagefs.available': '15%',
    },
  }),
  field('evictionSoft', evictionThresholds, ADMISSION),
  field('evictionSoftGracePeriod', evictionGracePeriods, EVICTION_TIMING, { unit: 'duration' }),
  field('evictionPressureTransitionPeriod', duration, EVICTION_TIMING, { default: '5m0s', unit: 'duration' }),
  field('evictionMaxPodGracePeriod', int(0), EVICTION_TIMING, { default: 0, unit: 'seconds' }),
  field('evictionMinimumReclaim', evictionReclaims, EVICTION_TIMING),
  field('mergeDefaultEvictionSettings', bool, ADMISSION, { default: false, since: '1.33' }),
  field('kernelMemcgNotification', bool, RESTART_ONLY, { default: false }),
  field('failSwapOn', bool, NODE_STATE, { default: true }),
  field('memorySwap', object({ swapBehavior: oneOf('', 'NoSwap', 'LimitedSwap') }), NODE_STATE, {
    default: {},
    gate: 'NodeSwap',
  }),
  field('memoryThrottlingFactor', { kind: 'number', above: 0, max: 1 }, MEMORY_QOS, { default: 0.9 }),
  field('memoryReservationPolicy', oneOf('None', 'TieredReservation'), MEMORY_QOS, { default: 'None', since: '1.36' }),
  field('maxOpenFiles', int(0, INT53_MAX), RESTART_ONLY, { default: 1_000_000, unit: 'files' }),
];
