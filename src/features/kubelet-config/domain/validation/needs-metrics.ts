import { KUBELET_FIELDS } from '../fields/kubelet-fields.js';
import type { JsonObject } from '../json/json-value.js';

/** Whether a patch is judged by what only the metrics of a kubelet tell: gates it sets or needs, and the host's cgroup version. */
export const needsMetrics = (patch: JsonObject): boolean =>
  Object.keys(patch).some(
    (name) => ['featureGates', 'failCgroupV1', ...GATED_BY_VALUE].includes(name) || KUBELET_FIELDS.get(name)?.gate,
  );

/** Fields that need a gate for some of their values. */
const GATED_BY_VALUE = ['logging', 'memoryReservationPolicy', 'shutdownGracePeriod', 'shutdownGracePeriodCriticalPods'];
