import { ACCESS_ACTIONS, type AccessAction } from '../domain/access-action.js';

/** Groups that policies name instead of single actions. Nothing else may be granted by role alone. */
const GROUPS: Record<string, readonly AccessAction[]> = {
  read: [
    'cluster.read',
    'node.read',
    'node.kubelet.read',
    'operation.read',
    'maintenance-run.read',
    'csr.read',
    'kubelet-config-change.read',
    'approval-policy.read',
  ],
  operate: [
    'node.cordon',
    'node.uncordon',
    'node.drain',
    'node.restart-kubelet',
    'node.set-verbosity',
    'operation.cancel',
    'maintenance-run.start',
    'maintenance-run.control',
    'kubelet-config-change.execute',
  ],
  logs: ['node.logs.read', 'pod.logs.read'],
};

const RESOURCES = ['System', 'Cluster', 'Node', 'Namespace'];

/** The Cedar schema, made from the list of actions so that the two can't differ. */
export function nodeStewardSchema(): string {
  const groups = Object.keys(GROUPS).map((group) => `  action "${group}";`);
  const actions = ACCESS_ACTIONS.map((action) => {
    const parents = Object.keys(GROUPS).filter((group) => GROUPS[group]?.includes(action));
    const memberOf = parents.length === 0 ? '' : ` in [${parents.map((p) => `"${p}"`).join(', ')}]`;
    return `  action "${action}"${memberOf} appliesTo { principal: [Actor], resource: [${RESOURCES.join(', ')}] };`;
  });
  return `namespace NodeSteward {
  entity Actor = { "kind": String, "roles": Set<String>, "partialRoles": Set<String> };
  entity ${RESOURCES.join(', ')};
${[...groups, ...actions].join('\n')}
}`;
}
