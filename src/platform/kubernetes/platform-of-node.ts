import { kubeletUnitOf, type NodePlatform, type NodeTraits, platformOf } from '../../kernel/node-platform.js';
import type { Node } from './kube-objects.js';

type NodeParts = Pick<Node, 'metadata' | 'spec' | 'status'>;

export const platformOfNode = (node: NodeParts): NodePlatform => platformOf(traitsOf(node));

/** The unit whose journal is the kubelet's. */
export const kubeletUnitOfNode = (node: NodeParts): string => kubeletUnitOf(traitsOf(node));

const traitsOf = ({ metadata, spec, status }: NodeParts): NodeTraits => ({
  labels: metadata.labels ?? {},
  annotations: metadata.annotations ?? {},
  ...status.nodeInfo,
  kubeletVersion: status.nodeInfo?.kubeletVersion ?? '',
  providerId: spec.providerID ?? null,
  taints: spec.taints ?? [],
});
