import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { formatQuantity } from '../../../kernel/quantity.js';
import type { Container, Pod } from '../../../platform/kubernetes/kube-objects.js';
import { NodeUsageSum, usageOf } from './node-usage.js';
import { podResources, type Resources } from './pod-resources.js';

const container = (
  requests: Record<string, string>,
  limits: Record<string, string> = {},
  sidecar = false,
): Container => ({
  name: 'c',
  resources: { requests, limits },
  ...(sidecar ? { restartPolicy: 'Always' } : {}),
});
const text = (resources: Resources) =>
  Object.fromEntries(Object.entries(resources).map(([name, quantity]) => [name, formatQuantity(quantity)]));
const of = (spec: Pod['spec']) => {
  const { requests, limits } = podResources(spec);
  return [text(requests), text(limits)];
};

describe('resources of a pod', () => {
  it('adds containers up', () => {
    const spec = { containers: [container({ cpu: '100m', memory: '1Gi' }, { cpu: '1' }), container({ cpu: '0.4' })] };
    expect(of(spec)).toEqual([{ cpu: '500m', memory: '1Gi' }, { cpu: '1' }]);
  });

  describe('12.10 while a resize in place is under way', () => {
    const spec = { containers: [container({ cpu: '67', memory: '1Gi' }, { cpu: '67' })] };
    const status = (reason?: string): Pod['status'] => ({
      conditions: reason ? [{ type: 'PodResizePending', status: 'True', reason }] : [],
      containerStatuses: [
        {
          name: 'c',
          resources: { requests: { cpu: '2', memory: '1Gi' }, limits: { cpu: '3' } },
          allocatedResources: { cpu: '3' },
        },
      ],
    });
    const resized = (reason?: string) => {
      const { requests, limits } = podResources(spec, status(reason));
      return [text(requests), text(limits)];
    };

    it('counts the greatest of what is asked for, promised and in force', () => {
      expect(resized()).toEqual([{ cpu: '67', memory: '1Gi' }, { cpu: '67' }]);
      expect(resized('Deferred')).toEqual(resized());
    });

    it('counts what is allocated when it is infeasible', () => {
      expect(resized('Infeasible')).toEqual([{ cpu: '3', memory: '1Gi' }, { cpu: '3' }]);
    });

    it('counts sidecars and init containers, as kubectl and the scheduler since 1.37', () => {
      const inits = [
        { ...container({ cpu: '1' }, {}, true), name: 'mesh' },
        { ...container({ cpu: '1' }), name: 'once' },
      ];
      const initContainerStatuses = ['mesh', 'once'].map((name) => ({ name, resources: { requests: { cpu: '4' } } }));
      const { requests } = podResources(
        { containers: [container({ cpu: '1' })], initContainers: inits },
        { initContainerStatuses },
      );
      expect(text(requests)).toEqual({ cpu: '8' });
    });
  });

  it('12.11 writes sums as the first of them is written, also after pods went', () => {
    const pod = (memory: string) => ({
      phase: 'Running',
      resources: podResources({ containers: [container({ memory })] }),
    });
    const sum = new NodeUsageSum();
    const [binary, decimal] = [pod('1Gi'), pod('1048870912')];
    sum.add(binary);
    expect(sum.isMixed).toBe(false);
    sum.add(decimal);
    expect(sum.isMixed).toBe(true);
    expect(text(usageOf([decimal, binary]).requests)).toEqual({ memory: '2122612736' });
    expect(text(usageOf([binary, decimal]).requests)).toEqual({ memory: '2072864Ki' });
    sum.remove(binary);
    expect(text(sum.requests)).toEqual({ memory: '1048870912' });
  });

  it('takes the neediest init container with the sidecars before it, if that is more', () => {
    const sidecar = container({ cpu: '50m' }, {}, true);
    const spec = {
      initContainers: [container({ cpu: '900m' }), sidecar, container({ cpu: '870m' })],
      containers: [container({ cpu: '100m' })],
    };
    expect(of(spec)[0]).toEqual({ cpu: '920m' });
    expect(of({ ...spec, initContainers: [sidecar] })[0]).toEqual({ cpu: '150m' });
  });

  it('lets pod-level values override cpu, memory and huge pages, and nothing else', () => {
    const spec = {
      containers: [container({ cpu: '100m', 'example.com/gpu': '1' }, { memory: '1Gi' })],
      resources: { requests: { cpu: '2', 'example.com/gpu': '8' }, limits: { memory: '3Gi', 'hugepages-2Mi': '4Mi' } },
    };
    expect(of(spec)).toEqual([
      { cpu: '2', 'example.com/gpu': '1' },
      { memory: '3Gi', 'hugepages-2Mi': '4Mi' },
    ]);
  });

  it('adds overhead to requests, and to limits only where there is one', () => {
    const spec = { containers: [container({ cpu: '1' }, { cpu: '2' })], overhead: { cpu: '250m', memory: '120Mi' } };
    expect(of(spec)).toEqual([{ cpu: '1250m', memory: '120Mi' }, { cpu: '2250m' }]);
  });
});

it('sums that are kept pod by pod equal sums made anew', () => {
  const pod = fc.record({
    phase: fc.constantFrom('Running', 'Pending', 'Succeeded', 'Failed'),
    resources: fc
      .record({ cpu: fc.nat(5000), memory: fc.nat(4096) })
      .map(({ cpu, memory }) => podResources({ containers: [container({ cpu: `${cpu}m`, memory: `${memory}Mi` })] })),
  });
  fc.assert(
    fc.property(fc.array(pod), fc.array(pod), (stay, leave) => {
      const kept = new NodeUsageSum();
      for (const one of [...stay, ...leave]) kept.add(one);
      for (const one of leave) kept.remove(one);
      const fresh = usageOf(stay);
      expect(kept.podCount).toBe(fresh.podCount);
      for (const resource of ['cpu', 'memory']) {
        expect(kept.requests[resource]?.nano ?? 0n).toBe(fresh.requests[resource]?.nano ?? 0n);
      }
    }),
  );
});
