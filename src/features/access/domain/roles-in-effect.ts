import type { RoleBinding } from '../../../kernel/actor.js';
import { type LabelSelector, matchesLabels, parseLabelSelector } from '../../../kernel/label-selector.js';
import type { AccessResource } from './access-resource.js';

export interface RolesInEffect {
  /** Roles whose scope covers the whole resource, sorted. */
  roles: string[];
  /** Roles that cover only some nodes of the resource, sorted: enough to see a cluster, not to act on it. */
  partialRoles: string[];
}

/** The roles that an actor's bindings give on one resource. */
export function rolesInEffect(bindings: readonly RoleBinding[], resource: AccessResource): RolesInEffect {
  const roles = new Set<string>();
  const partialRoles = new Set<string>();
  for (const binding of bindings) {
    const coverage = coverageOf(binding, resource);
    if (coverage === 'full') roles.add(binding.role);
    else if (coverage === 'partial') partialRoles.add(binding.role);
  }
  return { roles: [...roles].sort(), partialRoles: [...partialRoles].sort() };
}

function coverageOf(binding: RoleBinding, resource: AccessResource): 'full' | 'partial' | 'none' {
  const isEverywhere = binding.clusters.includes('*');
  const isWhole = binding.nodeSelector === undefined && binding.namespaces === undefined;
  if (resource.type === 'System') return isEverywhere && isWhole ? 'full' : 'partial';
  if (!isEverywhere && !binding.clusters.includes(resource.cluster)) return 'none';
  if (isWhole) return 'full';
  if (resource.type === 'Cluster') return 'partial';
  if (binding.namespaces !== undefined) {
    if (resource.type === 'Node' || !binding.namespaces.includes(resource.name)) return 'none';
  }
  if (binding.nodeSelector === undefined) return 'full';
  const labels = resource.type === 'Node' ? resource.labels : resource.node?.labels;
  if (!labels) return 'partial';
  const selector = compiled(binding.nodeSelector);
  return selector && matchesLabels(selector, labels) ? 'full' : 'none';
}

const MAX_COMPILED = 1_000;
const selectors = new Map<string, LabelSelector | null>();

/** Null for a selector that can't be read: it covers nothing, so that a broken grant never widens access. */
function compiled(text: string): LabelSelector | null {
  const known = selectors.get(text);
  if (known !== undefined) return known;
  let selector: LabelSelector | null = null;
  try {
    selector = parseLabelSelector(text);
  } catch {
    selector = null;
  }
  if (selectors.size >= MAX_COMPILED) selectors.clear();
  selectors.set(text, selector);
  return selector;
}
