import type { MetricSample } from './parse-samples.js';

/** How the calls of a kubelet to its container runtime went, since the kubelet started. */
export interface RuntimeOperationFigures {
  readonly operation: string;
  readonly calls: number;
  readonly errors: number;
  readonly meanSeconds: number | null;
  /** Estimated from the histogram: right to the width of a bucket; null without calls or above the last bucket. */
  readonly p99Seconds: number | null;
}

const CALLS = 'kubelet_runtime_operations_total';
const ERRORS = 'kubelet_runtime_operations_errors_total';
const DURATION = 'kubelet_runtime_operations_duration_seconds';

/** Names of the samples that `runtimeOperations` needs. */
export const RUNTIME_OPERATION_SAMPLES = [CALLS, ERRORS, `${DURATION}_bucket`, `${DURATION}_sum`, `${DURATION}_count`];

interface Tally {
  calls: number;
  errors: number;
  seconds: number;
  timed: number;
  buckets: Map<number, number>;
}

/** By operation type, in order of its name. */
export function runtimeOperations(samples: Iterable<MetricSample>): RuntimeOperationFigures[] {
  const tallies = new Map<string, Tally>();
  for (const { name, labels, value } of samples) {
    const operation = labels.operation_type;
    if (operation === undefined || Number.isNaN(value)) continue;
    const tally = tallies.get(operation) ?? { calls: 0, errors: 0, seconds: 0, timed: 0, buckets: new Map() };
    tallies.set(operation, tally);
    if (name === CALLS) tally.calls += value;
    else if (name === ERRORS) tally.errors += value;
    else if (name === `${DURATION}_sum`) tally.seconds += value;
    else if (name === `${DURATION}_count`) tally.timed += value;
    else if (name === `${DURATION}_bucket`) {
      const bound = labels.le === '+Inf' ? Number.POSITIVE_INFINITY : Number(labels.le);
      tally.buckets.set(bound, (tally.buckets.get(bound) ?? 0) + value);
    }
  }
  return [...tallies]
    .map(([operation, { calls, errors, seconds, timed, buckets }]) => ({
      operation,
      calls: Math.max(calls, timed),
      errors,
      meanSeconds: timed > 0 ? seconds / timed : null,
      p99Seconds: quantile(0.99, buckets),
    }))
    .sort((a, b) => (a.operation < b.operation ? -1 : 1));
}

/** As Prometheus' histogram_quantile: linear within the bucket. */
export function quantile(rank: number, buckets: ReadonlyMap<number, number>): number | null {
  const sorted = [...buckets].sort(([a], [b]) => a - b);
  const total = sorted.at(-1)?.[1] ?? 0;
  if (total === 0) return null;
  const wanted = rank * total;
  let [lower, below] = [0, 0];
  for (const [bound, count] of sorted) {
    if (count >= wanted) {
      if (!Number.isFinite(bound)) return null;
      return count === below ? bound : lower + ((bound - lower) * (wanted - below)) / (count - below);
    }
    [lower, below] = [bound, count];
  }
  return null;
}
