import { describe, expect, it } from 'vitest';
import { parseSamples } from './parse-samples.js';
import { quantile, runtimeOperations } from './runtime-operations.js';

const PAGE = `# HELP kubelet_runtime_operations_total [STABLE] calls
# TYPE kubelet_runtime_operations_total counter
kubelet_runtime_operations_total{operation_type="version"} 100
kubelet_runtime_operations_total{operation_type="pull_image"} 3
kubelet_runtime_operations_errors_total{operation_type="pull_image"} 2
kubelet_runtime_operations_duration_seconds_bucket{operation_type="version",le="0.005"} 50
kubelet_runtime_operations_duration_seconds_bucket{operation_type="version",le="0.01"} 98
kubelet_runtime_operations_duration_seconds_bucket{operation_type="version",le="0.02"} 100
kubelet_runtime_operations_duration_seconds_bucket{operation_type="version",le="+Inf"} 100
kubelet_runtime_operations_duration_seconds_sum{operation_type="version"} 0.6
kubelet_runtime_operations_duration_seconds_count{operation_type="version"} 100
kubelet_runtime_operations_duration_seconds_bucket{operation_type="pull_image",le="10"} 1
kubelet_runtime_operations_duration_seconds_bucket{operation_type="pull_image",le="+Inf"} 3
`;

describe('runtime operations of a kubelet', () => {
  it('counts calls and errors and estimates the latency by operation', () => {
    const [pull, version] = runtimeOperations(parseSamples(PAGE));
    expect(pull).toEqual({ operation: 'pull_image', calls: 3, errors: 2, meanSeconds: null, p99Seconds: null });
    expect(version).toMatchObject({ operation: 'version', calls: 100, errors: 0, meanSeconds: 0.006 });
    expect(version?.p99Seconds).toBeCloseTo(0.015, 10);
  });

  it('has no quantile of nothing', () => {
    expect(quantile(0.99, new Map())).toBeNull();
    expect(quantile(0.99, new Map([[Number.POSITIVE_INFINITY, 0]]))).toBeNull();
  });
});

it('reads labels with quotes, commas, braces and escapes, infinities and time stamps', () => {
  const page = 'a{x="1,2",y="q\\"}\\n\\\\"} +Inf 1700000000000\nb NaN\nnonsense\n# c 1\nd{} -3e2\n';
  expect([...parseSamples(page)]).toEqual([
    { name: 'a', labels: { x: '1,2', y: 'q"}\n\\' }, value: Number.POSITIVE_INFINITY },
    { name: 'b', labels: {}, value: Number.NaN },
    { name: 'd', labels: {}, value: -300 },
  ]);
  expect([...parseSamples(page, new Set(['d']))]).toHaveLength(1);
});
