import { type FieldSpec, field, verdict } from './field-spec.js';
import {
  bool,
  decodedQuantity,
  duration,
  durationAtLeast,
  INT32_MAX,
  int,
  list,
  object,
  oneOf,
  percent,
  positiveQuantity,
  SECOND,
  text,
} from './field-type.js';
import { LOCKOUT, RESTART_ONLY } from './verdicts.js';

const IMAGE_GC = verdict('low', 'Changes when unused images are removed; a restart applies it.');
const IMAGE_PULL = verdict('low', 'Changes how fast images are pulled; a restart applies it.');
const CONTAINER_LOGS = verdict(
  'low',
  'Changes when container logs rotate: older lines go earlier or stay longer. A restart applies it.',
);
const PULL_CREDENTIALS = verdict(
  'medium',
  'Pods may have to prove that they may use an image that is already on the node; pods without pull secrets stop starting.',
);
const imagePattern = text((value) => {
  if (value === '') return 'must not be empty';
  if (/[@\s]/.test(value) || /:[^/]*$/.test(value.replace(/^[^/]*:\d+\//, ''))) return 'must not carry a tag or digest';
  return /\*/.test(value.replace(/\/\*$/, '')) ? 'may hold a wildcard only as its last segment, /*' : undefined;
});
const ENDPOINT_MESSAGE = 'must be an endpoint such as unix:///run/containerd/containerd.sock';
const endpointOk = (value: string): boolean => /^(unix|npipe|tcp):\/\/\S+$/.test(value);
const verbosity = int(0, INT32_MAX);
const outputRouting = object({ splitStream: bool, infoBufferSize: decodedQuantity });
const filePattern = text((value) =>
  value === '' || /[=,]/.test(value) ? 'must not be empty and must not contain = or ,' : undefined,
);

export const IMAGE_AND_LOG_FIELDS: FieldSpec[] = [
  field('registryPullQPS', int(0), IMAGE_PULL, { default: 5, unit: 'pulls per second; 0 is no limit' }),
  field('registryBurst', int(0), IMAGE_PULL, { default: 10, unit: 'pulls' }),
  field(
    'imagePullCredentialsVerificationPolicy',
    oneOf('NeverVerify', 'NeverVerifyPreloadedImages', 'NeverVerifyAllowlistedImages', 'AlwaysVerify'),
    PULL_CREDENTIALS,
    { default: 'NeverVerifyPreloadedImages', since: '1.33', gate: 'KubeletEnsureSecretPulledImages' },
  ),
  field('preloadedImagesVerificationAllowlist', list(imagePattern, true), PULL_CREDENTIALS, {
    since: '1.33',
    gate: 'KubeletEnsureSecretPulledImages',
  }),
  field('imageMinimumGCAge', duration, IMAGE_GC, { default: '2m0s', unit: 'duration' }),
  field('imageMaximumGCAge', duration, IMAGE_GC, {
    default: '0s',
    unit: 'duration; 0s is off',
    since: '1.29',
    gate: 'ImageMaximumGCAge',
  }),
  field('imageGCHighThresholdPercent', percent, IMAGE_GC, { default: 85, unit: 'percent of the disk' }),
  field('imageGCLowThresholdPercent', percent, IMAGE_GC, { default: 80, unit: 'percent of the disk' }),
  field('serializeImagePulls', bool, IMAGE_PULL, { default: true }),
  field('maxParallelImagePulls', int(1), IMAGE_PULL, { since: '1.27', unit: 'pulls at a time' }),
  field('containerLogMaxSize', positiveQuantity, CONTAINER_LOGS, { default: '10Mi', unit: 'bytes' }),
  field('containerLogMaxFiles', int(2), CONTAINER_LOGS, { default: 5, unit: 'files per container' }),
  field('containerLogMaxWorkers', int(1), CONTAINER_LOGS, { default: 1, since: '1.30', unit: 'workers' }),
  field('containerLogMonitorInterval', durationAtLeast(3n * SECOND, 'must be at least 3s'), CONTAINER_LOGS, {
    default: '10s',
    since: '1.30',
    unit: 'duration',
  }),
  field(
    'logging',
    object({
      format: oneOf('text', 'json'),
      flushFrequency: { kind: 'duration', min: 0n, range: 'must not be negative', nanoseconds: true },
      verbosity,
      vmodule: list(object({ filePattern, verbosity }, 'filePattern', 'verbosity')),
      options: object({ text: outputRouting, json: outputRouting }),
    }),
    RESTART_ONLY,
    { default: { format: 'text', flushFrequency: '5s', verbosity: 0 } },
  ),
  field(
    'containerRuntimeEndpoint',
    text((value) => (endpointOk(value) ? undefined : ENDPOINT_MESSAGE)),
    LOCKOUT('Points the kubelet at another container runtime, which knows none of the running pods.'),
    {
      default: 'unix:///run/containerd/containerd.sock',
      since: '1.27',
      stale:
        'Docker (dockershim) is gone since Kubernetes 1.24: an endpoint of dockershim or docker.sock does not work.',
    },
  ),
  field(
    'imageServiceEndpoint',
    text((value) => (value === '' || endpointOk(value) ? undefined : ENDPOINT_MESSAGE)),
    LOCKOUT('Points the kubelet at another image service.'),
    { default: '', since: '1.27' },
  ),
];
