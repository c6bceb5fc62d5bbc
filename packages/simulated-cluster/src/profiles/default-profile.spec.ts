import { describe, expect, it } from 'vitest';
import type { Pod } from '../controllers/kube-types.js';
import { startControllers } from '../controllers/start-controllers.js';
import { ObjectStore } from '../store/object-store.js';
import { loadDefaultProfile } from './default-profile.js';

function loaded(seed = 7) {
  const store = new ObjectStore({ seed, now: () => Date.parse('2026-11-20T10:00:00Z') });
  const running = startControllers(store, { load: (target) => loadDefaultProfile(target) });
  running.stop();
  return store;
}

const pods = (store: ObjectStore) => store.list('Pod') as unknown as Pod[];

describe('default profile', () => {
  it('has twelve nodes in three zones, three of them control plane', () => {
    const nodes = loaded().list('Node');
    const zones = new Set(nodes.map((node) => node.metadata.labels?.['topology.kubernetes.io/zone']));
    const controlPlane = nodes.filter(
      (node) => node.metadata.labels?.['node-role.kubernetes.io/control-plane'] !== undefined,
    );
    expect([nodes.length, zones.size, controlPlane.length]).toEqual([12, 3, 3]);
    expect(nodes.every((node) => node.status.conditions.find((c: { type: string }) => c.type === 'Ready'))).toBe(true);
  });

  it('places about 150 pods, all but the two that never can be running', () => {
    const store = loaded();
    const all = pods(store);
    expect(all.length).toBeGreaterThan(140);
    const pending = all.filter((pod) => pod.status.phase === 'Pending').map((pod) => pod.metadata.labels?.app);
    expect(pending.sort()).toEqual(['huge-simulation', 'report-renderer']);
  });

  it('holds every kind of pod that a drain decides on', () => {
    const all = pods(loaded());
    const owned = (kind: string) => all.some((pod) => pod.metadata.ownerReferences?.[0]?.kind === kind);
    for (const kind of ['DaemonSet', 'ReplicaSet', 'StatefulSet', 'Job', 'Node']) expect(owned(kind)).toBe(true);
    expect(all.some((pod) => !pod.metadata.ownerReferences)).toBe(true);
    expect(all.some((pod) => pod.spec.volumes?.some((volume) => volume.emptyDir?.medium === 'Memory'))).toBe(true);
    expect(all.some((pod) => pod.status.phase === 'Succeeded')).toBe(true);
    expect(all.some((pod) => pod.status.phase === 'Failed')).toBe(true);
    expect(all.some((pod) => pod.spec.overhead)).toBe(true);
    expect(all.some((pod) => pod.spec.resources)).toBe(true);
    expect(all.some((pod) => pod.spec.initContainers?.some((item) => item.restartPolicy === 'Always'))).toBe(true);
  });

  it('keeps what blocks a drain or needs force off the replaceable workers', () => {
    const all = pods(loaded());
    for (const node of ['worker-1', 'worker-2', 'worker-3', 'worker-4']) {
      const here = all.filter((pod) => pod.spec.nodeName === node);
      expect(here.length).toBeGreaterThan(10);
      expect(here.every((pod) => pod.metadata.ownerReferences?.length)).toBe(true);
      const blocked = here.filter((pod) => ['gateway', 'reconciler'].includes(pod.metadata.labels?.app ?? ''));
      expect(blocked).toEqual([]);
    }
  });

  it('has budgets that allow, that allow one and that never allow', () => {
    const store = loaded();
    const allowed = (namespace: string, name: string) =>
      store.require('PodDisruptionBudget', namespace, name).status.disruptionsAllowed;
    expect(allowed('payments', 'api')).toBe(3);
    expect(allowed('web', 'frontend')).toBe(3);
    expect(allowed('payments', 'ledger')).toBe(1);
    expect(allowed('payments', 'gateway')).toBe(0);
  });

  it('binds volumes to the zone of their pod and attaches them', () => {
    const store = loaded();
    const claim = store.require('PersistentVolumeClaim', 'payments', 'data-ledger-0');
    const volume = store.require('PersistentVolume', undefined, claim.spec.volumeName);
    const node = store.require('Node', undefined, store.require('Pod', 'payments', 'ledger-0').spec.nodeName);
    const zone = volume.spec.nodeAffinity.required.nodeSelectorTerms[0].matchExpressions[0].values[0];
    expect(node.metadata.labels?.['topology.kubernetes.io/zone']).toBe(zone);
    const attachments = store.list('VolumeAttachment').map((item) => item.spec.source.persistentVolumeName);
    expect(attachments).toContain(claim.spec.volumeName);
  });

  it('is the same for the same seed', () => {
    const picture = (store: ObjectStore) =>
      pods(store).map((pod) => `${pod.metadata.name} ${pod.metadata.uid} ${pod.spec.nodeName}`);
    expect(picture(loaded(3))).toEqual(picture(loaded(3)));
    expect(picture(loaded(3))).not.toEqual(picture(loaded(4)));
  });
});
