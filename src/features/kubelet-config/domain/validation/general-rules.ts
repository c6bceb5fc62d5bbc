import { SECOND } from '../fields/field-type.js';
import { isJsonObject } from '../json/json-value.js';
import { type CrossFieldRule, rule, when } from './cross-field-rule.js';

const shorterThanASecond = (nanoseconds: bigint): boolean => nanoseconds > 0n && nanoseconds < SECOND;

/** kube-controller-manager's shortest default node-monitor-grace-period; kubelets renew their lease every quarter of its duration. */
const GRACE_PERIOD_SECONDS = 40;

export const GENERAL_RULES: CrossFieldRule[] = [
  rule('IMAGE_GC_THRESHOLD_ORDER', ['imageGCLowThresholdPercent', 'imageGCHighThresholdPercent'], (view) => {
    const [low, high] = [
      view.number('imageGCLowThresholdPercent') ?? 0,
      view.number('imageGCHighThresholdPercent') ?? 0,
    ];
    return when(low >= high, `imageGCLowThresholdPercent (${low}) must be below imageGCHighThresholdPercent (${high})`);
  }),
  rule('IMAGE_GC_AGE_ORDER', ['imageMinimumGCAge', 'imageMaximumGCAge'], (view) => {
    const maximum = view.duration('imageMaximumGCAge');
    return when(
      maximum > 0n && maximum <= view.duration('imageMinimumGCAge'),
      'imageMaximumGCAge must be 0s or longer than imageMinimumGCAge',
    );
  }),
  rule('PARALLEL_PULLS_SERIALIZED', ['maxParallelImagePulls', 'serializeImagePulls'], (view) =>
    when(
      (view.number('maxParallelImagePulls') ?? 1) > 1 && view.bool('serializeImagePulls'),
      'maxParallelImagePulls above 1 needs serializeImagePulls: false',
    ),
  ),
  rule(
    'ALLOWLIST_WITHOUT_POLICY',
    ['preloadedImagesVerificationAllowlist', 'imagePullCredentialsVerificationPolicy'],
    (view) =>
      when(
        view.list('preloadedImagesVerificationAllowlist').length > 0 &&
          view.text('imagePullCredentialsVerificationPolicy') !== 'NeverVerifyAllowlistedImages',
        'preloadedImagesVerificationAllowlist needs imagePullCredentialsVerificationPolicy: NeverVerifyAllowlistedImages',
      ),
  ),
  rule('SHUTDOWN_CRITICAL_ABOVE_TOTAL', ['shutdownGracePeriodCriticalPods', 'shutdownGracePeriod'], (view) =>
    when(
      view.duration('shutdownGracePeriodCriticalPods') > view.duration('shutdownGracePeriod'),
      'shutdownGracePeriodCriticalPods must not be longer than shutdownGracePeriod, which contains it',
    ),
  ),
  rule('SHUTDOWN_TOO_SHORT', ['shutdownGracePeriod'], (view) =>
    when(shorterThanASecond(view.duration('shutdownGracePeriod')), 'must be 0s or at least 1s'),
  ),
  rule('SHUTDOWN_TOO_SHORT', ['shutdownGracePeriodCriticalPods'], (view) =>
    when(shorterThanASecond(view.duration('shutdownGracePeriodCriticalPods')), 'must be 0s or at least 1s'),
  ),
  rule(
    'SHUTDOWN_BY_PRIORITY_EXCLUSIVE',
    ['shutdownGracePeriodByPodPriority', 'shutdownGracePeriod', 'shutdownGracePeriodCriticalPods'],
    (view) =>
      when(
        view.list('shutdownGracePeriodByPodPriority').length > 0 &&
          (view.duration('shutdownGracePeriod') > 0n || view.duration('shutdownGracePeriodCriticalPods') > 0n),
        'shutdownGracePeriodByPodPriority cannot be combined with shutdownGracePeriod or shutdownGracePeriodCriticalPods',
      ),
  ),
  rule('LOG_QUERY_NEEDS_HANDLER', ['enableSystemLogQuery', 'enableSystemLogHandler'], (view) =>
    when(
      view.bool('enableSystemLogQuery') && !view.bool('enableSystemLogHandler'),
      'enableSystemLogQuery needs enableSystemLogHandler: true',
    ),
  ),
  rule('TLS_PAIR_INCOMPLETE', ['tlsCertFile', 'tlsPrivateKeyFile'], (view) =>
    when(
      (view.text('tlsCertFile') === '') !== (view.text('tlsPrivateKeyFile') === ''),
      'tlsCertFile and tlsPrivateKeyFile must be set together',
    ),
  ),
  rule('VMODULE_NEEDS_TEXT', ['logging'], (view) =>
    when(
      view.list('logging', 'vmodule').length > 0 && view.text('logging', 'format') === 'json',
      'logging.vmodule only works with format text',
    ),
  ),
  rule('LOGGING_OPTIONS_NEED_GATE', ['logging', 'featureGates'], (view) => {
    const options = Object.values(view.map('logging', 'options')).filter(isJsonObject);
    const used = options.some(
      (o) => o.splitStream === true || !['0', 0, undefined].includes(o.infoBufferSize as string),
    );
    return when(
      used && !view.gate('LoggingAlphaOptions'),
      'logging.options needs the feature gate LoggingAlphaOptions',
    );
  }),
  rule('HEARTBEAT_TOO_SLOW', ['nodeLeaseDurationSeconds'], (view) =>
    when(
      (view.number('nodeLeaseDurationSeconds') ?? 0) / 4 >= GRACE_PERIOD_SECONDS,
      `the lease is renewed every quarter of its duration, which must be below the node monitor grace period of ${GRACE_PERIOD_SECONDS}s: use less than ${4 * GRACE_PERIOD_SECONDS}`,
    ),
  ),
  rule('RUN_ONCE', ['runOnce'], (view) => when(view.bool('runOnce'), 'the kubelet refuses to start with runOnce')),
  rule('IDS_PER_POD_STEP', ['userNamespaces'], (view) =>
    when((view.number('userNamespaces', 'idsPerPod') ?? 0) % 65536 !== 0, 'idsPerPod must be a multiple of 65536'),
  ),
];
