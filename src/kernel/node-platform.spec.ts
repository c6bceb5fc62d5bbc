import { describe, expect, it } from 'vitest';
import {
  kubeletUnitOf,
  NODE_PLATFORMS,
  type NodePlatform,
  type NodeTraits,
  platformOf,
  unreachableKubelet,
  unrestartableKubelet,
} from './node-platform.js';

const AL2023 = 'Amazon Linux 2023.6.20250203';

/** Nodes as these platforms register them. */
const NODES: [platform: NodePlatform, what: string, traits: Partial<NodeTraits>][] = [
  [
    'kubeadm',
    'kubeadm',
    { annotations: { 'kubeadm.alpha.kubernetes.io/cri-socket': 'unix:///run/containerd/containerd.sock' } },
  ],
  [
    'kubeadm',
    'kind',
    {
      annotations: { 'kubeadm.alpha.kubernetes.io/cri-socket': '/run/containerd/containerd.sock' },
      providerId: 'kind://docker/kind/kind-worker',
    },
  ],
  ['k3s', 'k3s by its version', { kubeletVersion: 'v1.33.1+k3s1', osImage: 'Alpine Linux v3.21' }],
  ['k3s', 'k3s on EC2', { kubeletVersion: 'v1.31.5+k3s1', providerId: 'aws:///eu-west-1a/i-01', osImage: AL2023 }],
  ['k3s', 'k3s by an annotation', { annotations: { 'k3s.io/node-args': '["agent"]' } }],
  ['rke2', 'RKE2', { kubeletVersion: 'v1.32.4+rke2r1', annotations: { 'rke2.io/node-args': '["server"]' } }],
  [
    'microshift',
    'MicroShift',
    {
      labels: { 'node.openshift.io/os_id': 'rhel', 'node-role.kubernetes.io/control-plane': '' },
      osImage: 'Red Hat Enterprise Linux 9.4 (Plow)',
    },
  ],
  [
    'eks',
    'EKS node group',
    {
      kubeletVersion: 'v1.33.1-eks-1de2ab1',
      labels: { 'eks.amazonaws.com/nodegroup': 'workers' },
      osImage: AL2023,
      providerId: 'aws:///eu-central-1a/i-01',
    },
  ],
  ['eks', 'EKS self-managed', { kubeletVersion: 'v1.32.3-eks-473151a', osImage: AL2023 }],
  [
    'eks',
    'EKS hybrid',
    {
      labels: { 'eks.amazonaws.com/compute-type': 'hybrid' },
      providerId: 'eks-hybrid:///eu-west-1/c/mi-1',
      osImage: 'Ubuntu 22.04.5 LTS',
    },
  ],
  ['eks-al2', 'EKS with Amazon Linux 2', { kubeletVersion: 'v1.31.3-eks-59bf375', osImage: 'Amazon Linux 2' }],
  [
    'eks-auto',
    'EKS Auto Mode',
    {
      kubeletVersion: 'v1.33.0-eks-802817d',
      osImage: 'Bottlerocket (EKS Auto, Standard) 2025.6.3 (aws-k8s-1.33-standard)',
      labels: { 'eks.amazonaws.com/compute-type': 'auto', 'karpenter.sh/nodepool': 'general-purpose' },
    },
  ],
  [
    'karpenter',
    'Karpenter on EKS',
    {
      kubeletVersion: 'v1.32.3-eks-473151a',
      osImage: AL2023,
      labels: { 'karpenter.sh/nodepool': 'default', 'karpenter.sh/capacity-type': 'spot' },
    },
  ],
  [
    'karpenter',
    'an old Karpenter',
    { kubeletVersion: 'v1.29.1-eks-61c0bbb', labels: { 'karpenter.sh/provisioner-name': 'default' } },
  ],
  [
    'karpenter',
    'Karpenter with Bottlerocket',
    { osImage: 'Bottlerocket OS 1.40.0 (aws-k8s-1.32)', labels: { 'karpenter.sh/nodepool': 'default' } },
  ],
  [
    'gke',
    'GKE by its version',
    { kubeletVersion: 'v1.32.4-gke.1106006', osImage: 'Container-Optimized OS from Google' },
  ],
  [
    'gke',
    'GKE by its label',
    { labels: { 'cloud.google.com/gke-nodepool': 'default-pool' }, providerId: 'gce://p/europe-west1-b/gke-1' },
  ],
  [
    'aks',
    'AKS',
    {
      kubeletVersion: 'v1.32.4',
      labels: { 'kubernetes.azure.com/agentpool': 'nodepool1' },
      osImage: 'Ubuntu 22.04.5 LTS',
      providerId: 'azure:///subscriptions/1',
    },
  ],
  [
    'openshift',
    'OpenShift',
    {
      kubeletVersion: 'v1.31.8',
      osImage: 'Red Hat Enterprise Linux CoreOS 418.94.202505062142-0',
      labels: { 'node.openshift.io/os_id': 'rhel' },
      annotations: { 'machineconfiguration.openshift.io/currentConfig': 'rendered-worker-1' },
    },
  ],
  [
    'openshift',
    'an OpenShift worker with RHEL',
    {
      osImage: 'Red Hat Enterprise Linux 8.10 (Ootpa)',
      labels: { 'node.openshift.io/os_id': 'rhel' },
      annotations: { 'machineconfiguration.openshift.io/state': 'Done' },
    },
  ],
  ['talos', 'Talos', { kubeletVersion: 'v1.33.1', osImage: 'Talos (v1.10.3)' }],
  [
    'bottlerocket',
    'Bottlerocket on EKS',
    {
      kubeletVersion: 'v1.32.3-eks-473151a',
      osImage: 'Bottlerocket OS 1.40.0 (aws-k8s-1.32)',
      labels: { 'eks.amazonaws.com/nodegroup': 'br' },
    },
  ],
  [
    'kops',
    'kops',
    {
      labels: { 'kops.k8s.io/instancegroup': 'nodes-eu-west-1a' },
      osImage: 'Ubuntu 24.04 LTS',
      providerId: 'aws:///eu-west-1a/i-02',
    },
  ],
  ['managed', 'DigitalOcean', { labels: { 'doks.digitalocean.com/node-pool-id': '1' } }],
  ['managed', 'k0s', { kubeletVersion: 'v1.32.4+k0s' }],
  [
    'windows',
    'Windows by kubeadm',
    {
      operatingSystem: 'windows',
      osImage: 'Windows Server 2022 Datacenter',
      annotations: { 'kubeadm.alpha.kubernetes.io/cri-socket': 'npipe:////./pipe/containerd-containerd' },
    },
  ],
  [
    'windows',
    'Windows on EKS',
    { operatingSystem: 'windows', kubeletVersion: 'v1.32.3-eks-473151a', labels: { 'kubernetes.io/os': 'windows' } },
  ],
  [
    'virtual',
    'virtual-kubelet',
    {
      kubeletVersion: 'v1.25.0-vk-azure-aci-1.6.2',
      labels: { type: 'virtual-kubelet', 'kubernetes.io/role': 'agent' },
    },
  ],
  ['virtual', 'virtual-kubelet by its taint', { taints: [{ key: 'virtual-kubelet.io/provider' }] }],
  [
    'virtual',
    'Fargate',
    {
      kubeletVersion: 'v1.32.3-eks-2d5f260',
      osImage: 'Amazon Linux 2',
      labels: { 'eks.amazonaws.com/compute-type': 'fargate' },
    },
  ],
  [
    'virtual',
    'kwok',
    { kubeletVersion: 'fake', annotations: { 'kwok.x-k8s.io/node': 'fake' }, labels: { type: 'kwok' } },
  ],
  ['virtual', 'kwok by its version', { kubeletVersion: 'kwok-v0.7.0' }],
  ['virtual', 'a fake node of vcluster', { labels: { 'vcluster.loft.sh/fake-node': 'true' } }],
  ['eks-auto', 'EKS Auto Mode by its image', { osImage: 'Bottlerocket (EKS Auto, Nvidia) 2026.1.0 (aws-k8s-1.35)' }],
  [
    'karpenter',
    'Karpenter by its node class',
    { kubeletVersion: 'v1.34.2-eks-ecaa3a6', labels: { 'karpenter.k8s.aws/ec2nodeclass': 'default' } },
  ],
  [
    'karpenter',
    'AKS with node auto-provisioning',
    { labels: { 'karpenter.azure.com/aksnodeclass': 'default', 'kubernetes.azure.com/cluster': 'c' } },
  ],
  ['gke', 'GKE Autopilot by another label', { labels: { 'cloud.google.com/gke-provisioning': 'standard' } }],
  ['aks', 'AKS by another label', { labels: { 'kubernetes.azure.com/node-image-version': 'AKSUbuntu-2204gen2' } }],
  [
    'openshift',
    'a node of a hosted control plane',
    { labels: { 'hypershift.openshift.io/nodePool': 'np', 'node.openshift.io/os_id': 'rhel' } },
  ],
  ['openshift', 'OKD', { osImage: 'CentOS Stream CoreOS 418.9.202503232226-0' }],
  ['talos', 'Talos by a label', { labels: { 'extensions.talos.dev/iscsi-tools': 'v0.2.0' } }],
  ['talos', 'Talos by an annotation of its network', { annotations: { 'networking.talos.dev/self-ips': '10.5.0.3' } }],
  [
    'bottlerocket',
    'Bottlerocket by its updater',
    { labels: { 'bottlerocket.aws/updater-interface-version': '2.0.0' } },
  ],
  ['kops', 'a control plane of kops', { labels: { 'kops.k8s.io/kops-controller-pki': '' } }],
  ['kubeadm', 'kind 1.34 and later', { providerId: 'kind://docker/kind/kind-worker' }],
  ['kubeadm', 'minikube', { labels: { 'minikube.k8s.io/name': 'minikube' } }],
  ['rke2', 'Harvester', { kubeletVersion: 'v1.33.3+rke2r1', osImage: 'Harvester v1.6.0' }],
  [
    'managed',
    'vSphere Kubernetes Service',
    { kubeletVersion: 'v1.32.0+vmware.6-fips', osImage: 'VMware Photon OS/Linux' },
  ],
  ['managed', 'k0s with a build number', { kubeletVersion: 'v1.33.2+k0s.0' }],
  ['windows', 'Windows by its image', { osImage: 'Windows Server 2025 Datacenter' }],
  ['windows', 'Windows by its old label', { labels: { 'beta.kubernetes.io/os': 'windows' } }],
  ['virtual', 'a virtual node of OKE', { labels: { 'node-role.kubernetes.io/virtual-node': '' } }],
  ['virtual', 'interLink', { labels: { 'virtual-node.interlink/type': 'virtual-kubelet' } }],
  ['virtual', 'Admiralty', { labels: { 'virtual-kubelet.io/provider': 'admiralty' } }],
  ['virtual', 'Liqo', { labels: { 'liqo.io/type': 'virtual-node' } }],
  ['unknown', 'a label that only resembles one', { labels: { 'nottalos.dev/x': '', 'workload-type': 'virtual-node' } }],
  ['unknown', 'a plain node', { osImage: 'Debian GNU/Linux 12 (bookworm)', kubeletVersion: 'v1.36.3' }],
  [
    'unknown',
    'a machine of a cloud that shows nothing else',
    { providerId: 'aws:///eu-west-1a/i-03', osImage: 'Ubuntu 24.04 LTS' },
  ],
  ['unknown', 'a node without any information', { kubeletVersion: '' }],
];

describe('12.14 platforms are recognised', () => {
  it.each(NODES)('%s: %s', (platform, _what, traits) => {
    expect(platformOf({ labels: {}, annotations: {}, kubeletVersion: 'v1.33.1', ...traits })).toBe(platform);
  });

  const CONTROL_PLANE = { 'node-role.kubernetes.io/control-plane': 'true' };
  it.each<[unit: string, what: string, traits: Partial<NodeTraits>]>([
    ['kubelet', 'of a node that nobody recognises', {}],
    ['kubelet', 'of an EKS node', { kubeletVersion: 'v1.33.1-eks-1de2ab1', osImage: AL2023 }],
    ['k3s', 'of a k3s server by its arguments', { annotations: { 'k3s.io/node-args': '["server","--disable"]' } }],
    ['k3s', 'of a k3s server by its role', { kubeletVersion: 'v1.33.1+k3s1', labels: CONTROL_PLANE }],
    ['k3s-agent', 'of a k3s agent', { kubeletVersion: 'v1.33.1-k3s1' }],
    [
      'k3s-agent',
      'of an agent with the role',
      { labels: CONTROL_PLANE, annotations: { 'k3s.io/node-args': '["agent"]' } },
    ],
    ['rke2-server', 'of an RKE2 server', { kubeletVersion: 'v1.32.4+rke2r1', labels: CONTROL_PLANE }],
    ['rke2-agent', 'of an RKE2 agent, its version unknown', { annotations: { 'rke2.io/node-args': '["agent"]' } }],
    ['k0scontroller', 'of a k0s controller', { kubeletVersion: 'v1.32.4+k0s', labels: CONTROL_PLANE }],
    ['k0sworker', 'of a k0s worker', { kubeletVersion: 'v1.32.4+k0s' }],
    ['microshift', 'of MicroShift by its labels', { labels: { 'node.openshift.io/os_id': 'rhel', ...CONTROL_PLANE } }],
    ['snap.microk8s.daemon-kubelite', 'of MicroK8s', { labels: { 'microk8s.io/cluster': 'true' } }],
    ['kubelet', 'of OpenShift', { annotations: { 'machineconfiguration.openshift.io/state': 'Done' } }],
  ])('12.17 the log unit %s %s, by the same recognition', (unit, _what, traits) => {
    expect(kubeletUnitOf({ labels: {}, annotations: {}, kubeletVersion: 'v1.33.1', ...traits })).toBe(unit);
  });

  it('each by one case at least', () => {
    expect(new Set(NODES.map(([platform]) => platform))).toEqual(new Set(NODE_PLATFORMS));
  });

  it('and those without a kubelet that could be worked on say why', () => {
    const without = NODE_PLATFORMS.filter((platform) => unreachableKubelet(platform) !== undefined);
    expect(without).toEqual(['windows', 'virtual']);
    const noShell = NODE_PLATFORMS.filter((platform) => unrestartableKubelet(platform) !== undefined);
    expect(noShell).toEqual(['eks-auto', 'talos', 'bottlerocket', 'windows', 'virtual']);
  });
});
