import type { Node } from '../../../../platform/kubernetes/kube-objects.js';

const CONTROL_PLANE = ['node-role.kubernetes.io/control-plane', 'node-role.kubernetes.io/master'];

/** The unit whose journal is the kubelet's: distributions that run the kubelet inside of their own process have others. */
export function kubeletUnit({ metadata, status }: Node): string {
  const version = status.nodeInfo?.kubeletVersion ?? '';
  const [, distribution] = /[+-](k3s|rke2|k0s)/.exec(version) ?? [];
  if (distribution === undefined) return /microshift/i.test(version) ? 'microshift' : 'kubelet';
  const server = runsServer(metadata, distribution);
  if (distribution === 'k3s') return server ? 'k3s' : 'k3s-agent';
  if (distribution === 'rke2') return server ? 'rke2-server' : 'rke2-agent';
  return server ? 'k0scontroller' : 'k0sworker';
}

/** `k3s.io/node-args` and `rke2.io/node-args` hold the command line: `["server", …]`. */
function runsServer({ labels, annotations }: Node['metadata'], distribution: string): boolean {
  const [, command] = /^\s*\[\s*"(server|agent)"/.exec(annotations?.[`${distribution}.io/node-args`] ?? '') ?? [];
  return command === undefined ? CONTROL_PLANE.some((label) => labels?.[label] !== undefined) : command === 'server';
}
