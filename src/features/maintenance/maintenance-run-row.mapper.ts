import type { MaintenanceRunEntity } from './maintenance-run.entity.js';
import type { MaintenanceRun, RunNode } from './maintenance-run.js';
import type { MaintenanceRunRecord } from './maintenance-run-record.js';

type Times<T> = { [K in keyof T]: T[K] extends Date ? string : T[K] extends Date | null ? string | null : T[K] };

const time = (text: string | null): Date | null => (text === null ? null : new Date(text));

export function recordOf(row: MaintenanceRunEntity, nodes: readonly Record<string, unknown>[]): MaintenanceRunRecord {
  const { actorId: _, state: __, run, caller, ...same } = row;
  const expiry = caller.actor.credentialExpiresAt;
  const actor = expiry ? { ...caller.actor, credentialExpiresAt: new Date(expiry) } : caller.actor;
  const stored = run as unknown as Times<Omit<MaintenanceRun, 'nodes'>>;
  return {
    ...same,
    caller: { ...caller, actor },
    run: {
      ...stored,
      startedAt: new Date(stored.startedAt),
      finishedAt: time(stored.finishedAt),
      pause: stored.pause && { ...stored.pause, at: new Date(stored.pause.at) },
      cancel: stored.cancel && { ...stored.cancel, at: new Date(stored.cancel.at) },
      nodes: nodes.map(nodeOf),
    },
  };
}

function nodeOf(json: Record<string, unknown>): RunNode {
  const stored = json as unknown as Times<RunNode>;
  return {
    ...stored,
    startedAt: time(stored.startedAt),
    settlingSince: time(stored.settlingSince),
    healthySince: time(stored.healthySince),
    finishedAt: time(stored.finishedAt),
  };
}

/** Columns that change in the life of a run. */
export function changingRunColumns({ run, waiting, epoch, claimedBy, heartbeatAt }: MaintenanceRunRecord) {
  const { nodes: _, ...rest } = run;
  return {
    state: run.state,
    run: JSON.parse(JSON.stringify(rest)) as Record<string, unknown>,
    waiting: [...waiting],
    epoch,
    claimedBy,
    heartbeatAt,
  };
}
