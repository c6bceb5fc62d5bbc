import type { NodePlatform } from '../../../../kernel/node-platform.js';
import type { PostureFinding } from './posture-finding.js';

interface Practice {
  ids: readonly string[];
  platforms: readonly NodePlatform[];
  status: 'NOT_EVALUABLE' | 'INFO';
  why: string;
}

/** What a platform does in a way of its own, which the kubelet's configuration does not show. */
const PRACTICES: readonly Practice[] = [
  {
    ids: ['4.2.9', '4.2.10', '4.2.11'],
    platforms: ['k3s', 'rke2', 'microshift'],
    status: 'NOT_EVALUABLE',
    why: 'This platform issues the certificates of its kubelets and renews them itself; the kubelet does not know.',
  },
  {
    ids: ['4.2.10'],
    platforms: ['eks', 'eks-al2', 'eks-auto', 'bottlerocket'],
    status: 'NOT_EVALUABLE',
    why: 'Kubelets of EKS prove themselves by IAM credentials that are renewed all the time: there is no client certificate to rotate.',
  },
  {
    ids: ['4.2.10'],
    platforms: ['gke'],
    status: 'NOT_EVALUABLE',
    why: 'Kubelets of GKE get their client certificate from a plugin of the provider, which renews it.',
  },
  {
    ids: ['4.2.7'],
    platforms: ['k3s', 'rke2', 'microshift', 'talos', 'eks', 'eks-al2', 'eks-auto', 'bottlerocket'],
    status: 'INFO',
    why: 'This platform sets the node name itself, so that it matches its certificates or the instance of the cloud.',
  },
];

/** A check that fails only because the platform does its part elsewhere is no failure, and nothing to fix here. */
export function byPlatform(finding: PostureFinding, platform: NodePlatform | undefined): PostureFinding {
  if (finding.status !== 'FAIL' || platform === undefined) return finding;
  const practice = PRACTICES.find(({ ids, platforms }) => ids.includes(finding.id) && platforms.includes(platform));
  return practice ? { ...finding, status: practice.status, why: practice.why, fix: null } : finding;
}

/** Karpenter runs nodes of several clouds; on EKS they are as others there. */
export const clusterPlatform = (
  platform: NodePlatform | undefined,
  kubeletVersion: string,
): NodePlatform | undefined => (platform === 'karpenter' && kubeletVersion.includes('-eks-') ? 'eks' : platform);
