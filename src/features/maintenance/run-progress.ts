import { scaled } from '../../kernel/int-or-percent.js';
import { isActivePhase, type MaintenanceRun, type RunNode } from './maintenance-run.js';

export interface RunProgress {
  readonly total: number;
  readonly done: number;
  readonly failed: number;
  readonly skipped: number;
  readonly active: number;
  readonly percent: number;
  /** From the time that finished nodes took; null before the first, while paused, and while a person holds a node. */
  readonly etaSeconds: number | null;
}

export function runProgress(run: MaintenanceRun, now: Date): RunProgress {
  const count = (matches: (node: RunNode) => boolean): number => run.nodes.filter(matches).length;
  const total = run.nodes.length;
  const done = count((node) => node.phase === 'DONE' || node.phase === 'UNDONE');
  const failed = count((node) => node.phase === 'FAILED');
  const skipped = count((node) => node.phase === 'SKIPPED');
  const active = count((node) => isActivePhase(node.phase));
  const percent = total === 0 ? 0 : Math.floor((100 * (done + failed + skipped)) / total);
  return { total, done, failed, skipped, active, percent, etaSeconds: etaSeconds(run, now) };
}

function etaSeconds(run: MaintenanceRun, now: Date): number | null {
  if (run.state !== 'RUNNING' || run.nodes.some((node) => node.phase === 'HOLDING')) return null;
  const took = run.nodes.flatMap(({ phase, startedAt, finishedAt }) =>
    phase === 'DONE' && startedAt && finishedAt ? [(finishedAt.getTime() - startedAt.getTime()) / 1000] : [],
  );
  if (took.length === 0) return null;
  const average = took.reduce((sum, each) => sum + each, 0) / took.length;
  const atATime = scaled(run.spec.maxUnavailable, run.nodes.length);
  let work = 0;
  for (const node of run.nodes) {
    if (node.phase === 'PENDING') work += average;
    else if (isActivePhase(node.phase) && node.startedAt) {
      work += Math.max(0, average - (now.getTime() - node.startedAt.getTime()) / 1000);
    }
  }
  return Math.ceil(work / atATime);
}
