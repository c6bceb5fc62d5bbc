import type { Node, TypedObject } from '../controllers/kube-types.js';
import { runningStatus } from '../controllers/pod-status-builder.js';
import type { NewKubeObject } from '../store/kube-object.js';
import type { ObjectStore } from '../store/object-store.js';
import { defaultApplications } from './default-applications.js';
import { defaultBatch } from './default-batch.js';
import { defaultClusterObjects } from './default-cluster-objects.js';
import { defaultNodeObjects } from './default-node-objects.js';
import { defaultNodes } from './default-nodes.js';
import { controlPlaneMirrorPods, defaultSystemWorkloads } from './default-system-workloads.js';

const DAY = 24 * 3600 * 1000;

export interface DefaultProfileOptions {
  /** Content of ConfigMap kube-system/kubelet-config. */
  kubeletConfigYaml?: string;
  now?: number;
}

/**
 * Loads the cluster that the demo and most tests use: 12 nodes, workloads of every kind that a drain has to decide on.
 * Only what people would apply is written here; the controllers make the pods, so that all references hold.
 */
export function loadDefaultProfile(store: ObjectStore, options: DefaultProfileOptions = {}): void {
  const now = options.now ?? Date.now();
  const create = (object: TypedObject, ageDays: number): void => {
    const creationTimestamp = new Date(now - ageDays * DAY).toISOString().replace(/\.\d+Z$/, 'Z');
    store.create(object.kind, {
      ...object,
      metadata: { creationTimestamp, ...object.metadata },
    } as unknown as NewKubeObject);
  };
  for (const object of defaultClusterObjects(options.kubeletConfigYaml ?? '')) create(object, 212);
  const nodes: Node[] = defaultNodes(now);
  for (const node of nodes) create(node, 0);
  const uidOf = (name: string): string => store.require('Node', undefined, name).metadata.uid as string;
  for (const object of defaultNodeObjects(nodes, uidOf, now)) create(object, 0.03);
  for (const node of nodes.filter((item) => item.metadata.name.startsWith('control-plane'))) {
    for (const pod of controlPlaneMirrorPods(node, uidOf(node.metadata.name))) {
      create(
        {
          ...pod,
          status: runningStatus(
            { ...pod, metadata: { ...pod.metadata, uid: pod.metadata.name } },
            node,
            true,
            pod.metadata.creationTimestamp as string,
          ),
        } as TypedObject,
        0,
      );
    }
  }
  for (const object of defaultSystemWorkloads()) create(object, 90);
  let age = 80;
  for (const object of defaultApplications()) {
    create(object, age);
    age -= 1;
  }
  for (const object of defaultBatch()) create(object, 1);
}
