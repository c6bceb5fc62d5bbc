import { isIpAddress } from '../parsing/ip-address.js';
import { isDnsSubdomain, isLabelValue, isQualifiedName } from '../parsing/names.js';
import { type FieldSpec, field, verdict } from './field-spec.js';
import { bool, duration, int, list, map, object, oneOf, path, text } from './field-type.js';
import { CONTROL_PLANE_LOAD, HEARTBEAT, NODE_STATE, REGISTRATION, RESTART_ONLY } from './verdicts.js';

const EVENTS = verdict('low', 'Changes how many events this kubelet may write; a restart applies it.');
const DNS = verdict(
  'high',
  'Written into pods when they start: running pods keep the old resolver until they are replaced.',
  true,
);
const IPTABLES_BITS = 'Has no effect any more: the kubelet no longer creates these chains. Remove it.';
const taint = object(
  {
    key: text((value) => (isQualifiedName(value) ? undefined : 'must be a taint key such as example.com/dedicated')),
    value: text((value) => (isLabelValue(value) ? undefined : 'must be a label value of at most 63 characters')),
    effect: oneOf('NoSchedule', 'PreferNoSchedule', 'NoExecute'),
  },
  'key',
  'effect',
);

export const NODE_FIELDS: FieldSpec[] = [
  field('registerNode', bool, REGISTRATION, { default: true }),
  field('registerWithTaints', list(taint), REGISTRATION),
  field('providerID', text(), REGISTRATION, { default: '', nodeSpecific: true }),
  field('nodeStatusUpdateFrequency', duration, HEARTBEAT, { default: '10s', unit: 'duration' }),
  field('nodeStatusReportFrequency', duration, HEARTBEAT, { default: '5m0s', unit: 'duration' }),
  field('nodeLeaseDurationSeconds', int(1), HEARTBEAT, { default: 40, unit: 'seconds' }),
  field(
    'nodeStatusMaxImages',
    int(-1),
    verdict('low', 'Changes how many images the Node object lists, which image locality scheduling reads.'),
    {
      default: 50,
      unit: 'images; -1 is no cap',
    },
  ),
  field('eventRecordQPS', int(0), EVENTS, { default: 50, unit: 'events per second; 0 is no limit' }),
  field('eventBurst', int(0), EVENTS, { default: 100, unit: 'events' }),
  field('kubeAPIQPS', int(0), CONTROL_PLANE_LOAD, { default: 50, unit: 'requests per second' }),
  field('kubeAPIBurst', int(0), CONTROL_PLANE_LOAD, { default: 100, unit: 'requests' }),
  field(
    'contentType',
    oneOf('application/json', 'application/yaml', 'application/vnd.kubernetes.protobuf', 'application/cbor'),
    verdict('medium', 'Anything but protobuf makes each request to the API server larger and slower.'),
    { default: 'application/vnd.kubernetes.protobuf' },
  ),
  field(
    'clusterDomain',
    text((value) => (value === '' || isDnsSubdomain(value) ? undefined : 'must be a DNS domain such as cluster.local')),
    DNS,
    { default: '' },
  ),
  field(
    'clusterDNS',
    list(
      text((value) => (isIpAddress(value) ? undefined : 'must be an IPv4 or IPv6 address')),
      true,
    ),
    DNS,
  ),
  field('resolvConf', path, DNS, { default: '/etc/resolv.conf' }),
  field(
    'hairpinMode',
    oneOf('promiscuous-bridge', 'hairpin-veth', 'none'),
    verdict('high', 'Changes whether pods reach themselves through their Service.', true),
    {
      default: 'promiscuous-bridge',
      stale: 'Was for kubenet and dockershim; with a CNI plugin the plugin decides, and the field does nothing.',
    },
  ),
  field(
    'makeIPTablesUtilChains',
    bool,
    verdict('medium', 'Off, components that look for the KUBE-IPTABLES-HINT chain pick the wrong iptables mode.'),
    {
      default: true,
    },
  ),
  field('iptablesMasqueradeBit', int(0, 31), RESTART_ONLY, { default: 14, deprecated: IPTABLES_BITS }),
  field('iptablesDropBit', int(0, 31), RESTART_ONLY, { default: 15, deprecated: IPTABLES_BITS }),
  field('featureGates', map(bool), NODE_STATE),
  field(
    'showHiddenMetricsForVersion',
    text((value) =>
      value === '' || /^\d{1,3}\.\d{1,3}$/.test(value) ? undefined : 'must be the previous minor, such as 1.35',
    ),
    RESTART_ONLY,
    { default: '' },
  ),
  field(
    'tracing',
    object({
      endpoint: text((value) =>
        value === '' || /^[^\s/]+(:\d{1,5})?$/.test(value) ? undefined : 'must be a host and port without a scheme',
      ),
      samplingRatePerMillion: int(0, 1_000_000),
    }),
    RESTART_ONLY,
    { since: '1.25', gate: 'KubeletTracing' },
  ),
];
