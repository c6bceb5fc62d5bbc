import type { ControllerRuntime } from './controller-runtime.js';
import type { Node, NodeSelector, Pod } from './kube-types.js';
import { conditionOf } from './pod-state.js';
import { stableHash } from './stable-hash.js';
import type { PersistentVolume, PersistentVolumeClaim } from './storage-types.js';

const ZONE = 'topology.kubernetes.io/zone';
const DRIVER = 'csi.simulation.node-steward.dev';
const DETACH_MS = 400;

/**
 * Persistent volumes around scheduling: bound volumes tie a pod to their zone, unbound claims get a volume in the zone of
 * the node that the pod goes to, and attachments come with the first pod on a node and go after the last.
 */
export class VolumeBinder {
  constructor(private readonly runtime: ControllerRuntime) {
    runtime.onStop(
      runtime.client.subscribe('Pod', ({ type, object, previous }) => {
        if (!object.spec.volumes?.some((volume) => volume.persistentVolumeClaim)) return;
        const { nodeName } = object.spec;
        if (nodeName && type !== 'DELETED' && previous?.spec.nodeName !== nodeName) this.attachSoon(object, nodeName);
        if (nodeName && type === 'DELETED') this.detachSoon(object, nodeName);
      }),
    );
  }

  /** Where a pod's bound volumes allow it, or, as text, what is missing. */
  affinitiesOf(pod: Pod): NodeSelector[] | string {
    const affinities: NodeSelector[] = [];
    for (const name of claimNames(pod)) {
      const claim = this.runtime.client.get('PersistentVolumeClaim', pod.metadata.namespace, name);
      if (!claim) return `persistentvolumeclaim "${name}" not found`;
      const required = this.volumeOf(claim)?.spec.nodeAffinity?.required;
      if (required) affinities.push(required);
    }
    return affinities;
  }

  /** Whether a node can't attach the pod's volumes beside those of its pods, by what its drivers allow. */
  exceedsLimit(pod: Pod, nodeName: string): boolean {
    const csiNode = this.runtime.client.get('CSINode', undefined, nodeName);
    const limited = (csiNode?.spec.drivers ?? []).filter(({ allocatable }) => allocatable?.count !== undefined);
    if (limited.length === 0 || claimNames(pod).length === 0) return false;
    const added = this.handlesOf(pod);
    const present = new Set(this.runtime.client.podsOnNode(nodeName).flatMap((each) => this.handlesOf(each)));
    return limited.some(({ name, allocatable }) => {
      const ofDriver = (handle: string) => handle.startsWith(`${name}/`);
      const fresh = added.filter((handle) => ofDriver(handle) && !present.has(handle));
      return fresh.length > 0 && [...present].filter(ofDriver).length + fresh.length > (allocatable?.count ?? 0);
    });
  }

  /** `driver/volume` of each claim; one that is not bound yet will get a volume of its own. */
  private handlesOf(pod: Pod): string[] {
    return claimNames(pod).flatMap((name) => {
      const claim = this.runtime.client.get('PersistentVolumeClaim', pod.metadata.namespace, name);
      if (!claim) return [];
      const csi = this.volumeOf(claim)?.spec.csi;
      if (claim.spec.volumeName) return csi ? [`${csi.driver}/${csi.volumeHandle}`] : [];
      return [`${DRIVER}/${claim.metadata.uid}`];
    });
  }

  bind(pod: Pod, node: Node): void {
    for (const name of claimNames(pod)) {
      const claim = this.runtime.client.get('PersistentVolumeClaim', pod.metadata.namespace, name);
      if (claim && !claim.spec.volumeName) this.provision(claim, node.metadata.labels?.[ZONE] ?? '');
    }
  }

  private volumeOf(claim: PersistentVolumeClaim): PersistentVolume | undefined {
    const { volumeName } = claim.spec;
    return volumeName ? this.runtime.client.get('PersistentVolume', undefined, volumeName) : undefined;
  }

  private provision(claim: PersistentVolumeClaim, zone: string): void {
    const { client } = this.runtime;
    const capacity = claim.spec.resources.requests ?? {};
    const volumeName = `pvc-${claim.metadata.uid}`;
    const terms = [{ matchExpressions: [{ key: ZONE, operator: 'In', values: [zone] }] }];
    client.create('PersistentVolume', {
      apiVersion: 'v1',
      kind: 'PersistentVolume',
      metadata: { name: volumeName, annotations: { 'pv.kubernetes.io/provisioned-by': DRIVER } },
      spec: {
        accessModes: claim.spec.accessModes,
        capacity,
        csi: { driver: DRIVER, volumeHandle: `vol-${stableHash(volumeName).toString(16)}` },
        claimRef: {
          apiVersion: 'v1',
          kind: 'PersistentVolumeClaim',
          namespace: claim.metadata.namespace as string,
          name: claim.metadata.name,
          uid: claim.metadata.uid,
        },
        nodeAffinity: { required: { nodeSelectorTerms: terms } },
        persistentVolumeReclaimPolicy: 'Delete',
        storageClassName: claim.spec.storageClassName ?? 'standard',
        volumeMode: 'Filesystem',
      },
      status: { phase: 'Bound' },
    });
    client.change('PersistentVolumeClaim', claim, (current) => ({
      ...current,
      spec: { ...current.spec, volumeName },
      status: { phase: 'Bound', accessModes: claim.spec.accessModes, capacity },
    }));
  }

  private attachSoon(pod: Pod, nodeName: string): void {
    this.runtime.enqueue(`attach/${pod.metadata.uid}`, () => {
      for (const { volume, name } of this.attachmentsOf(pod, nodeName)) {
        if (this.runtime.client.get('VolumeAttachment', undefined, name)) continue;
        this.runtime.client.create('VolumeAttachment', {
          apiVersion: 'storage.k8s.io/v1',
          kind: 'VolumeAttachment',
          metadata: { name, annotations: { 'csi.alpha.kubernetes.io/node-id': nodeName } },
          spec: { attacher: DRIVER, nodeName, source: { persistentVolumeName: volume.metadata.name } },
          status: { attached: true },
        });
      }
    });
  }

  private detachSoon(pod: Pod, nodeName: string): void {
    this.runtime.after(DETACH_MS, `detach/${pod.metadata.uid}`, () => {
      const { client } = this.runtime;
      // A volume is not detached from a node that nobody hears from: it may still be written there.
      const node = client.get('Node', undefined, nodeName);
      if (node && conditionOf(node.status.conditions, 'Ready')?.status === 'Unknown') {
        this.runtime.after(1_000, `detach/${pod.metadata.uid}`, () => this.detachSoon(pod, nodeName));
        return;
      }
      for (const { volume, name } of this.attachmentsOf(pod, nodeName)) {
        const attachment = client.get('VolumeAttachment', undefined, name);
        if (attachment && !this.stillUsed(volume, nodeName)) client.delete('VolumeAttachment', attachment);
      }
    });
  }

  private stillUsed(volume: PersistentVolume, nodeName: string): boolean {
    const { claimRef } = volume.spec;
    return this.runtime.client
      .podsOnNode(nodeName)
      .some((pod) => pod.metadata.namespace === claimRef?.namespace && claimNames(pod).includes(claimRef?.name ?? ''));
  }

  private attachmentsOf(pod: Pod, nodeName: string): { volume: PersistentVolume; name: string }[] {
    return claimNames(pod).flatMap((claimName) => {
      const claim = this.runtime.client.get('PersistentVolumeClaim', pod.metadata.namespace, claimName);
      const volume = claim && this.volumeOf(claim);
      if (!volume?.spec.csi) return [];
      const text = `${volume.spec.csi.volumeHandle}${DRIVER}${nodeName}`;
      const name = `csi-${[0, 1, 2, 3].map((part) => stableHash(`${part}${text}`).toString(16).padStart(8, '0')).join('')}`;
      return [{ volume, name }];
    });
  }
}

function claimNames(pod: Pod): string[] {
  return (pod.spec.volumes ?? []).flatMap((volume) =>
    volume.persistentVolumeClaim ? [volume.persistentVolumeClaim.claimName] : [],
  );
}
