import type { NodePosture } from './posture-finding.js';

export interface PosturedNode {
  node: string;
  pool: string;
  /** Null where the configuration could not be read. */
  posture: NodePosture | null;
}

export interface NodePostureSummary {
  node: string;
  pool: string;
  failed: string[];
  passed: number;
  notEvaluable: number;
  stalePractices: number;
}

export interface FleetPosture {
  /** Worst first. */
  nodes: NodePostureSummary[];
  /** Worst first, by failures per node. */
  pools: { pool: string; nodes: number; failed: number; failedChecks: string[] }[];
  /** Most failing nodes first; checks that hold everywhere are left out. */
  checks: { id: string; title: string; failingNodes: string[] }[];
  unreadableNodes: string[];
}

/** The posture of many nodes, ordered so that what needs work comes first. */
export function fleetPosture(nodes: readonly PosturedNode[]): FleetPosture {
  const summaries = nodes.flatMap(({ node, pool, posture }) => (posture ? [summarize(node, pool, posture)] : []));
  const titles = new Map(
    nodes.flatMap(({ posture }) => posture?.findings.map(({ id, title }): [string, string] => [id, title]) ?? []),
  );
  const failing = [...titles].map(([id, title]) => ({
    id,
    title,
    failingNodes: summaries.filter(({ failed }) => failed.includes(id)).map(({ node }) => node),
  }));
  return {
    nodes: summaries.sort(
      (a, b) =>
        b.failed.length - a.failed.length || b.stalePractices - a.stalePractices || a.node.localeCompare(b.node),
    ),
    pools: pools(summaries),
    checks: failing
      .filter(({ failingNodes }) => failingNodes.length > 0)
      .sort((a, b) => b.failingNodes.length - a.failingNodes.length),
    unreadableNodes: nodes.filter(({ posture }) => posture === null).map(({ node }) => node),
  };
}

function summarize(node: string, pool: string, { findings, stalePractices }: NodePosture): NodePostureSummary {
  const count = (status: string) => findings.filter((finding) => finding.status === status).length;
  return {
    node,
    pool,
    failed: findings.filter(({ status }) => status === 'FAIL').map(({ id }) => id),
    passed: count('PASS'),
    notEvaluable: count('NOT_EVALUABLE'),
    stalePractices: stalePractices.length,
  };
}

function pools(nodes: readonly NodePostureSummary[]): FleetPosture['pools'] {
  return [...Map.groupBy(nodes, ({ pool }) => pool)]
    .map(([pool, members]) => ({
      pool,
      nodes: members.length,
      failed: members.reduce((sum, { failed }) => sum + failed.length, 0),
      failedChecks: [...new Set(members.flatMap(({ failed }) => failed))],
    }))
    .sort((a, b) => b.failed / b.nodes - a.failed / a.nodes || a.pool.localeCompare(b.pool));
}
