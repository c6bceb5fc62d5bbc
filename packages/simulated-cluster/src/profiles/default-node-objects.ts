import { kubeTime } from '../controllers/kube-time.js';
import type { Node, TypedObject } from '../controllers/kube-types.js';
import { OLDER_NODE } from './default-nodes.js';

const MINUTE = 60_000;

const event = (node: Node, uid: string, minutesAgo: number, fields: Record<string, unknown>, now: number) => ({
  apiVersion: 'v1',
  kind: 'Event',
  metadata: {
    name: `${node.metadata.name}.18${minutesAgo.toString(16).padStart(4, '0')}${node.metadata.name.length}a7c4d2e9`,
    namespace: 'default',
  },
  involvedObject: { kind: 'Node', name: node.metadata.name, uid, apiVersion: 'v1' },
  firstTimestamp: kubeTime(new Date(now - minutesAgo * MINUTE)),
  lastTimestamp: kubeTime(new Date(now - minutesAgo * MINUTE)),
  count: 1,
  eventTime: null,
  reportingInstance: '',
  ...fields,
});

/** What hangs on nodes: recent events in both of their forms, CSI registration, a device slice of the GPU node. */
export function defaultNodeObjects(nodes: readonly Node[], uidOf: (name: string) => string, now = Date.now()) {
  const objects: TypedObject[] = [];
  for (const node of nodes) {
    const { name } = node.metadata;
    objects.push(
      {
        apiVersion: 'storage.k8s.io/v1',
        kind: 'CSINode',
        metadata: {
          name,
          ownerReferences: [{ apiVersion: 'v1', kind: 'Node', name, uid: uidOf(name) }],
        },
        spec: {
          drivers: [
            {
              name: 'csi.simulation.node-steward.dev',
              nodeID: node.spec.providerID,
              topologyKeys: ['topology.kubernetes.io/zone'],
            },
          ],
        },
      } as TypedObject,
      event(node, uidOf(name), 44, registered(name), now) as TypedObject,
    );
  }
  const gpu = nodes.find((node) => node.metadata.name === OLDER_NODE);
  if (gpu) {
    // The kubelet writes the node's name where others write its uid; a describe has to ask for both.
    objects.push(event(gpu, OLDER_NODE, 17, garbageCollection, now) as TypedObject, gpuSlice(uidOf(OLDER_NODE)));
  }
  return objects;
}

const registered = (name: string) => ({
  type: 'Normal',
  reason: 'RegisteredNode',
  message: `Node ${name} event: Registered Node ${name} in Controller`,
  source: { component: 'node-controller' },
  reportingComponent: 'node-controller',
});

const garbageCollection = {
  type: 'Warning',
  reason: 'ImageGCFailed',
  message:
    'failed to garbage collect required amount of images. Attempted to free 4319072256 bytes, but only found 0 bytes',
  source: { component: 'kubelet', host: OLDER_NODE },
  reportingComponent: 'kubelet',
};

const gpuSlice = (uid: string): TypedObject =>
  ({
    apiVersion: 'resource.k8s.io/v1',
    kind: 'ResourceSlice',
    metadata: {
      name: `${OLDER_NODE}-gpu.example-x7k2p`,
      ownerReferences: [{ apiVersion: 'v1', kind: 'Node', name: OLDER_NODE, uid, controller: true }],
    },
    spec: {
      driver: 'gpu.example',
      nodeName: OLDER_NODE,
      pool: { name: OLDER_NODE, generation: 1, resourceSliceCount: 1 },
      devices: [0, 1, 2, 3].map((index) => ({
        name: `gpu-${index}`,
        attributes: { productName: { string: 'Example Accelerator 80G' } },
        capacity: { memory: { value: '80Gi' } },
      })),
    },
  }) as unknown as TypedObject;
