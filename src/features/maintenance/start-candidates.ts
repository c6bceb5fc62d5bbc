import { scaled } from '../../kernel/int-or-percent.js';
import { runActionOf } from '../operations/model.js';
import type { MaintenanceRun, ObservedNode, RunNode } from './maintenance-run.js';
import { isActivePhase } from './maintenance-run.js';

export interface StartChoice {
  /** UIDs of nodes to begin now. */
  readonly start: readonly string[];
  /** Nodes that can never be begun, with the reason. */
  readonly skip: readonly { readonly uid: string; readonly code: string; readonly message: string }[];
  /** Why no more are begun, in words. */
  readonly waiting: readonly string[];
}

const CONTROL_PLANE_GROUP = 'control-plane nodes';

const disrupts = (run: MaintenanceRun): boolean => runActionOf(run.spec.action).disrupts;

/** Which PENDING nodes may be begun: group by group, within `maxUnavailable`, canaries first, control plane one at a time. */
export function chooseStarts(run: MaintenanceRun, observed: readonly ObservedNode[]): StartChoice {
  const byUid = new Map(observed.map((node) => [node.uid, node]));
  const pending = run.nodes.filter((node) => node.phase === 'PENDING' && (run.canaryPassed || node.canary));
  const group = currentGroup(run, pending);
  const limit = scaled(run.spec.maxUnavailable, observed.filter((node) => node.selected).length);
  const unavailable = unavailableNodes(run, observed);
  let active = run.nodes.filter((node) => isActivePhase(node.phase)).length;
  const start: string[] = [];
  const skip: { uid: string; code: string; message: string }[] = [];
  const waiting = new Set<string>();
  for (const node of startOrder(pending, unavailable)) {
    const now = byUid.get(node.uid);
    if (!now || groupOf(run, node) !== group) continue;
    if (now.busy) {
      waiting.add(`another operation holds ${node.name}`);
      continue;
    }
    const guard = node.controlPlane && disrupts(run) ? guardControlPlane(run, now, observed, start) : null;
    if (guard?.never) skip.push({ uid: node.uid, code: guard.code, message: guard.message });
    if (guard) {
      if (!guard.never) waiting.add(guard.message);
      continue;
    }
    if (active + 1 > limit || (disrupts(run) && !unavailable.has(node.uid) && unavailable.size + 1 > limit)) {
      waiting.add(
        `${Math.max(active, unavailable.size)} nodes are unavailable or worked on, and maxUnavailable is ${limit}`,
      );
      break;
    }
    start.push(node.uid);
    unavailable.add(node.uid);
    active++;
  }
  if (pending.some((node) => groupOf(run, node) !== group)) waiting.add(`the others wait for ${group} to be finished`);
  return { start, skip, waiting: [...waiting] };
}

/** Nodes of the selection that give no service now, or that this run works on. */
export function unavailableNodes(run: MaintenanceRun, observed: readonly ObservedNode[]): Set<string> {
  const down = observed.filter((node) => node.selected && (!node.ready || node.unschedulable)).map((node) => node.uid);
  const active = run.nodes.filter((node) => isActivePhase(node.phase)).map((node) => node.uid);
  return new Set([...down, ...active]);
}

function groupOf(run: MaintenanceRun, node: RunNode): string {
  if (node.controlPlane && disrupts(run)) return CONTROL_PLANE_GROUP;
  return run.spec.zoneByZone ? `zone ${node.zone ?? '(none)'}` : 'the other nodes';
}

/** A group that is under way comes first, then zones by name; the control plane goes last of all. */
function currentGroup(run: MaintenanceRun, pending: readonly RunNode[]): string | null {
  const active = run.nodes.filter((node) => isActivePhase(node.phase)).map((node) => groupOf(run, node));
  const groups = active.length > 0 ? active : pending.map((node) => groupOf(run, node));
  const sorted = [...new Set(groups)].sort((a, b) => {
    const last = Number(a === CONTROL_PLANE_GROUP) - Number(b === CONTROL_PLANE_GROUP);
    return last || (a < b ? -1 : 1);
  });
  return sorted[0] ?? null;
}

/** A node that is down already costs nothing to work on. */
function startOrder(nodes: readonly RunNode[], unavailable: ReadonlySet<string>): RunNode[] {
  return [...nodes].sort(
    (a, b) =>
      Number(b.canary) - Number(a.canary) ||
      Number(unavailable.has(b.uid)) - Number(unavailable.has(a.uid)) ||
      (a.name < b.name ? -1 : 1),
  );
}

interface Guard {
  readonly never: boolean;
  readonly code: string;
  readonly message: string;
}

function guardControlPlane(
  run: MaintenanceRun,
  candidate: ObservedNode,
  observed: readonly ObservedNode[],
  starting: readonly string[],
): Guard | null {
  const underWay = new Set(run.nodes.filter((node) => isActivePhase(node.phase)).map((node) => node.uid));
  const other = observed.find(
    (node) =>
      node.controlPlane &&
      node.uid !== candidate.uid &&
      (!node.ready || node.unschedulable || node.busy || underWay.has(node.uid) || starting.includes(node.uid)),
  );
  if (other) {
    const message = `control-plane node ${candidate.name} waits: ${other.name} is not Ready, cordoned or worked on`;
    return { never: false, code: 'CONTROL_PLANE_ONE_AT_A_TIME', message };
  }
  return guardEtcd(candidate, observed);
}

function guardEtcd(candidate: ObservedNode, observed: readonly ObservedNode[]): Guard | null {
  if (candidate.etcdHealthy === null) return null;
  const members = observed.filter((node) => node.etcdHealthy !== null);
  const quorum = Math.floor(members.length / 2) + 1;
  const code = 'ETCD_QUORUM';
  if (members.length - 1 < quorum) {
    const message = `etcd has ${members.length} members and would lose its quorum of ${quorum} without ${candidate.name}`;
    return { never: true, code, message };
  }
  const healthyWithout = members.filter((node) => node.etcdHealthy && node.uid !== candidate.uid).length;
  if (healthyWithout >= quorum) return null;
  const message = `${candidate.name} waits: without it etcd has ${healthyWithout} healthy members and needs ${quorum}`;
  return { never: false, code, message };
}
