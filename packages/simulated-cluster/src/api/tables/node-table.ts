import type { Json, KubeObject } from '../../store/kube-object.js';
import { ageSince } from '../human-duration.js';
import { defineTable, NONE, nameCell } from './table-definition.js';

const ROLE_PREFIX = 'node-role.kubernetes.io/';
const ROLE_LABEL = 'kubernetes.io/role';

export const NODE_TABLE = defineTable({
  Name: nameCell,
  Status: statusText,
  Roles: rolesText,
  Age: (node) => ageSince(node.metadata.creationTimestamp),
  Version: (node) => node.status?.nodeInfo?.kubeletVersion ?? '',
  '+Internal-IP': (node) => address(node, 'InternalIP'),
  '+External-IP': (node) => address(node, 'ExternalIP'),
  '+OS-Image': (node) => node.status?.nodeInfo?.osImage || '<unknown>',
  '+Kernel-Version': kernelText,
  '+Container-Runtime': (node) => node.status?.nodeInfo?.containerRuntimeVersion || '<unknown>',
});

function statusText(node: KubeObject): string {
  const ready = (node.status?.conditions ?? []).find((condition: Json) => condition.type === 'Ready');
  const status = ready ? (ready.status === 'True' ? 'Ready' : 'NotReady') : 'Unknown';
  return node.spec?.unschedulable ? `${status},SchedulingDisabled` : status;
}

function rolesText(node: KubeObject): string {
  const roles = new Set<string>();
  for (const [key, value] of Object.entries(node.metadata.labels ?? {})) {
    if (key.startsWith(ROLE_PREFIX) && key.length > ROLE_PREFIX.length) roles.add(key.slice(ROLE_PREFIX.length));
    else if (key === ROLE_LABEL && value) roles.add(value);
  }
  return roles.size === 0 ? NONE : [...roles].sort().join(',');
}

function address(node: KubeObject, type: string): string {
  return (node.status?.addresses ?? []).find((item: Json) => item.type === type)?.address ?? NONE;
}

/** Since 1.36 with the architecture. */
function kernelText({ status }: KubeObject): string {
  const { kernelVersion, architecture } = status?.nodeInfo ?? {};
  if (!kernelVersion) return '<unknown>';
  return architecture ? `${kernelVersion} (${architecture})` : kernelVersion;
}
