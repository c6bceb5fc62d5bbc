import type { NodeSelector, Quantities, ResourceRequirements, TypedObject } from './kube-types.js';

export interface PersistentVolumeClaim extends TypedObject {
  spec: {
    accessModes: string[];
    storageClassName?: string;
    volumeName?: string;
    volumeMode?: string;
    resources: ResourceRequirements;
  };
  status?: { phase: string; accessModes?: string[]; capacity?: Quantities };
}

export interface PersistentVolume extends TypedObject {
  spec: {
    accessModes: string[];
    capacity: Quantities;
    csi?: { driver: string; volumeHandle: string };
    claimRef?: { apiVersion: string; kind: string; namespace: string; name: string; uid?: string };
    nodeAffinity?: { required?: NodeSelector };
    persistentVolumeReclaimPolicy: string;
    storageClassName?: string;
    volumeMode?: string;
  };
  status?: { phase: string };
}

export interface CSINode extends TypedObject {
  spec: { drivers: { name: string; nodeID: string; allocatable?: { count?: number } }[] };
}

export interface VolumeAttachment extends TypedObject {
  spec: { attacher: string; nodeName: string; source: { persistentVolumeName?: string } };
  status?: { attached: boolean };
}
