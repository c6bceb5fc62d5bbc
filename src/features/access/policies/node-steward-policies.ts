/**
 * The built-in policies, by id. `principal.roles` holds the roles whose scope covers the resource; `partialRoles` those
 * that cover only some of its nodes. Whatever no policy permits is denied.
 */
export const NODE_STEWARD_POLICIES: Readonly<Record<string, string>> = {
  'read.by-role': `permit (principal, action in NodeSteward::Action::"read", resource)
    when { principal.roles.containsAny(["viewer", "log-reader", "operator", "change-author", "approver", "auditor", "break-glass"]) };`,

  // A role over some nodes of a cluster must be able to find that cluster and see what runs there.
  'cluster.read.by-partial-role': `permit (principal, action == NodeSteward::Action::"cluster.read", resource is NodeSteward::Cluster)
    when { !principal.partialRoles.isEmpty() };`,

  'logs.by-log-reader': `permit (principal, action in NodeSteward::Action::"logs", resource)
    when { principal.roles.contains("log-reader") };`,

  // Service logs of a node belong to operating it; pod logs may hold what an application's users wrote.
  'node.logs.by-operator': `permit (principal, action == NodeSteward::Action::"node.logs.read", resource)
    when { principal.roles.containsAny(["operator", "break-glass"]) };`,

  'operate.by-operator': `permit (principal, action in NodeSteward::Action::"operate", resource)
    when { principal.roles.containsAny(["operator", "break-glass"]) };`,

  'change.by-author': `permit (principal, action in
      [NodeSteward::Action::"kubelet-config-change.write", NodeSteward::Action::"kubelet-config-change.execute"], resource)
    when { principal.roles.containsAny(["change-author", "operator"]) };`,

  'review.by-approver': `permit (principal, action in
      [NodeSteward::Action::"kubelet-config-change.review", NodeSteward::Action::"operation.review",
       NodeSteward::Action::"csr.approve", NodeSteward::Action::"csr.deny"], resource)
    when { principal.roles.contains("approver") };`,

  'audit.by-auditor': `permit (principal, action in
      [NodeSteward::Action::"audit.read", NodeSteward::Action::"api-token.read"], resource)
    when { principal.roles.contains("auditor") };`,

  'emergency.by-break-glass': `permit (principal, action in
      [NodeSteward::Action::"node.drain.escalate", NodeSteward::Action::"freeze-window.override",
       NodeSteward::Action::"kubelet-config-change.write", NodeSteward::Action::"kubelet-config-change.break-glass",
       NodeSteward::Action::"operation.break-glass"], resource)
    when { principal.roles.contains("break-glass") };`,

  'all.by-admin': `permit (principal, action, resource)
    when { principal.roles.contains("admin") };`,
};
