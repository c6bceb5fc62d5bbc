import type { ClusterApi } from '../../../platform/kubernetes/cluster-api.js';
import type { PersistentVolume, Pod } from '../../../platform/kubernetes/kube-objects.js';
import { KubernetesApiError } from '../../../platform/kubernetes/kubernetes-api-error.js';
import type { ClaimAffinity, ClaimDriver } from './kubernetes-snapshot.mapper.js';
import { nodeSelectorOf } from './node-selector.js';
import type { VolumeRoom } from './rooms.js';

/** Where the volumes of pods can be mounted, and which nodes have room for more of them. */
export interface ClaimFacts {
  readonly affinityOf: ClaimAffinity;
  readonly driverOf: ClaimDriver;
  readonly volumeRoom: VolumeRoom;
}

export const NO_CLAIMS: ClaimFacts = {
  affinityOf: () => undefined,
  driverOf: () => undefined,
  volumeRoom: new Map(),
};

/** Read only when a pod has any. */
export async function readClaimFacts(api: ClusterApi, pods: readonly Pod[]): Promise<ClaimFacts> {
  const claimed = pods.some(({ spec }) => spec.volumes?.some((each) => each.persistentVolumeClaim || each.ephemeral));
  if (!claimed) return NO_CLAIMS;
  const [claims, list, volumeRoom] = await Promise.all([
    api.listPersistentVolumeClaims(),
    api.listPersistentVolumes(),
    readVolumeRoom(api),
  ]);
  const volumes = new Map(list.map((volume) => [volume.metadata.name, volume]));
  const volumeOf = new Map(
    claims.map(({ metadata, spec }) => [`${metadata.namespace}/${metadata.name}`, volumes.get(spec.volumeName ?? '')]),
  );
  return {
    affinityOf: (claim) => (volumeOf.has(claim) ? affinityOf(volumeOf.get(claim)) : 'MISSING'),
    driverOf: (claim) => volumeOf.get(claim)?.spec.csi?.driver,
    volumeRoom,
  };
}

function affinityOf(volume: PersistentVolume | undefined) {
  const terms = volume?.spec.nodeAffinity?.required?.nodeSelectorTerms;
  if (!volume) return undefined;
  return terms ? nodeSelectorOf(terms) : null;
}

/** What each node can still attach, by what its drivers allow and what is attached; null: that may not be read. */
async function readVolumeRoom(api: ClusterApi): Promise<VolumeRoom> {
  try {
    const [nodes, attachments] = await Promise.all([api.listCsiNodes(), api.listVolumeAttachments()]);
    const room = new Map(
      nodes.map(({ metadata, spec }) => {
        const limited = (spec.drivers ?? []).filter(({ allocatable }) => allocatable?.count !== undefined);
        return [metadata.name, new Map(limited.map(({ name, allocatable }) => [name, allocatable?.count ?? 0]))];
      }),
    );
    for (const { spec } of attachments) {
      const left = room.get(spec.nodeName)?.get(spec.attacher);
      if (left !== undefined) room.get(spec.nodeName)?.set(spec.attacher, left - 1);
    }
    return room;
  } catch (error) {
    if (error instanceof KubernetesApiError && error.status === 403) return null;
    throw error;
  }
}
