import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { startControllers } from '../../packages/simulated-cluster/src/controllers/start-controllers.js';
import type { NewKubeObject } from '../../packages/simulated-cluster/src/store/kube-object.js';
import { ObjectStore } from '../../packages/simulated-cluster/src/store/object-store.js';
import { PlacedPods, PodRows } from '../../src/features/clusters/index.js';
import { CachedResidents } from '../../src/features/operations/drain/cached-residents.adapter.js';
import { simulateFit } from '../../src/features/operations/drain/fit-simulation.js';
import { nodeSnapshotOf, podSnapshotOf } from '../../src/features/operations/drain/kubernetes-snapshot.mapper.js';
import type { Node, Pod } from '../../src/platform/kubernetes/kube-objects.js';
import { projectRoot } from '../support/project-root.js';

interface Case {
  name: string;
  existing: { node: string; namespace: string; labels: Record<string, string>; spec: Pod['spec'] }[];
  cordoned: string[];
  candidate: { labels: Record<string, string>; spec: Pod['spec'] & { runtimeClassName?: string } };
  verdict: 'SCHEDULED' | 'PENDING';
}
const recorded: { nodes: Node[]; cases: Case[] } = JSON.parse(
  readFileSync(join(projectRoot, 'test/contract/data/real-scheduler-1.37.json'), 'utf8'),
);
/** What the admission of the API server makes of a pod with these classes: a plan sees admitted pods only. */
const CLASSES: Record<string, object> = {
  'fit-pinned': { nodeSelector: { 'kubernetes.io/hostname': 'node-1' } },
  'fit-heavy': { overhead: { cpu: '500' } },
};
const READY = [{ type: 'Ready', status: 'True' as const }];

function podOf(name: string, namespace: string, labels: Record<string, string>, spec: Pod['spec']): Pod {
  const { runtimeClassName = '' } = spec as { runtimeClassName?: string };
  return {
    metadata: { name, namespace, uid: name, labels, resourceVersion: '1', creationTimestamp: '2026-11-25T00:00:00Z' },
    spec: { ...spec, ...CLASSES[runtimeClassName] },
    status: { phase: 'Running' },
  };
}

describe('12.7 the fit of a plan against a real scheduler 1.37', () => {
  it('has all recorded cases', () => expect(recorded.cases).toHaveLength(42));

  it.each(recorded.cases)('$name: $verdict', ({ existing, cordoned, candidate, verdict }) => {
    const nodes = recorded.nodes.map((node) => {
      const unschedulable = cordoned.includes(node.metadata.name);
      const metadata = { ...node.metadata, uid: node.metadata.name };
      return nodeSnapshotOf({ metadata, spec: { unschedulable }, status: { ...node.status, conditions: READY } });
    });
    const rows = new PodRows();
    const placed = new PlacedPods();
    for (const [index, { node, namespace, labels, spec }] of existing.entries()) {
      placed.place(rows.of(podOf(`existing-${index}`, namespace, labels, { ...spec, nodeName: node })));
    }
    const pod = podSnapshotOf(podOf('candidate', 'fit', candidate.labels, candidate.spec), () => 'MISSING');
    const { placements, unplaced, unknown } = simulateFit([pod], nodes, new CachedResidents(placed));
    const state = placements.has('candidate') ? 'FITS' : unknown.has('candidate') ? 'UNKNOWN' : 'PENDING';
    if (verdict === 'SCHEDULED') expect(state, unplaced[0]?.message).toBe('FITS');
    else expect(['PENDING', 'UNKNOWN']).toContain(state);
  });
});

describe('12.7 the simulated scheduler against a real one', () => {
  it.each(recorded.cases)('$name: $verdict', ({ existing, cordoned, candidate, verdict }) => {
    const store = new ObjectStore({ seed: 1 });
    const create = (kind: string, object: object) => store.create(kind, object as NewKubeObject);
    const createPod = (name: string, namespace: string, labels: Record<string, string>, spec: Pod['spec']) => {
      const { metadata, ...pod } = podOf(name, namespace, labels, spec);
      create('Pod', { ...pod, metadata: { name, namespace, labels: metadata.labels }, status: { phase: 'Pending' } });
    };
    const load = () => {
      for (const name of ['fit', 'fit2']) create('Namespace', { metadata: { name } });
      for (const { metadata, status } of recorded.nodes) {
        const spec = cordoned.includes(metadata.name) ? { unschedulable: true } : {};
        create('Node', { metadata, spec, status: { ...status, conditions: READY } });
      }
      existing.forEach(({ node, namespace, labels, spec }, index) => {
        createPod(`existing-${index}`, namespace, labels, { ...spec, nodeName: node });
      });
      createPod('candidate', 'fit', candidate.labels, candidate.spec);
    };
    const running = startControllers(store, { load });
    onTestFinished(() => running.stop());
    const { spec, status } = store.require('Pod', 'fit', 'candidate');
    const condition = status.conditions?.find((each: { type: string }) => each.type === 'PodScheduled');
    expect(spec.nodeName ? 'SCHEDULED' : 'PENDING', JSON.stringify(condition)).toBe(verdict);
  });
});
