import { type NodePlatform, platformOf } from '../../kernel/node-platform.js';
import type { Node } from './kube-objects.js';

export const platformOfNode = ({ metadata, spec, status }: Pick<Node, 'metadata' | 'spec' | 'status'>): NodePlatform =>
  platformOf({
    labels: metadata.labels ?? {},
    annotations: metadata.annotations ?? {},
    ...status.nodeInfo,
    kubeletVersion: status.nodeInfo?.kubeletVersion ?? '',
    providerId: spec.providerID ?? null,
    taints: spec.taints ?? [],
  });
