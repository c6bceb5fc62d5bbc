import { Injectable } from '@nestjs/common';
import type { Caller } from '../../kernel/actor.js';
import { DomainError } from '../../kernel/domain-error.js';
import { type Decided, Decisions, type Refused } from '../../platform/decisions/decisions.js';
import { Idempotency } from '../access/index.js';
import { ReviewRequests } from '../approvals/index.js';
import { MaintenanceAccess, runNotFound } from './maintenance-access.service.js';
import { maintenanceEvents, type NewMaintenanceEvent } from './maintenance-event.js';
import { decideRun, type RunEvent } from './maintenance-run.machine.js';
import type { MaintenanceRunRecord } from './maintenance-run-record.js';
import { type LockedRun, MaintenanceRunRepository } from './maintenance-run-repository.port.js';

export type RunControl =
  | { readonly kind: 'pause' }
  | { readonly kind: 'resume' }
  | { readonly kind: 'cancel'; readonly undo?: boolean | undefined }
  /** A node that is held goes back to work. */
  | { readonly kind: 'release'; readonly node: string };

export interface ControlRequest {
  readonly id: string;
  readonly control: RunControl;
  readonly reason?: string | undefined;
  readonly idempotencyKey?: string | undefined;
}

/** Pause, resume, cancel, release: decided on the stored run; the worker that holds it is woken by the event. */
@Injectable()
export class ControlMaintenanceRun {
  constructor(
    private readonly runs: MaintenanceRunRepository,
    private readonly decisions: Decisions,
    private readonly access: MaintenanceAccess,
    private readonly idempotency: Idempotency,
    private readonly approvals: ReviewRequests,
  ) {}

  /** @throws DomainError NOT_FOUND, FORBIDDEN, OPERATION_FINISHED, CONFLICT */
  async control(caller: Caller, request: ControlRequest): Promise<MaintenanceRunRecord> {
    const { id, control, reason, idempotencyKey } = request;
    const known = await this.runs.find(id);
    if (!known) throw runNotFound(id);
    const policyIds = await this.access.requireRun(caller, 'maintenance-run.control', known);
    const asked = { useCase: `${control.kind}MaintenanceRun`, id, control, reason: reason ?? null };
    await this.idempotency.run(caller, idempotencyKey, asked, async () => {
      const { state, approvalId } = known.run;
      // The approval's row is locked before the run's, here as everywhere.
      if (state === 'AWAITING_APPROVAL' && approvalId && control.kind === 'cancel') {
        await this.approvals.withdraw(caller, approvalId, { reason, permitted: true });
        return { runId: id };
      }
      await this.decisions.move(this.runs, id, runNotFound(id), (locked: LockedRun) =>
        decided(caller, locked, request, policyIds),
      );
      return { runId: id };
    });
    return (await this.runs.find(id)) ?? known;
  }
}

function decided(
  caller: Caller,
  { record, databaseNow }: LockedRun,
  { id, control, reason }: ControlRequest,
  policyIds: string[],
): Decided<MaintenanceRunRecord, NewMaintenanceEvent> | Refused | null {
  const made = decideRun(record.run, eventOf(control, caller, record), databaseNow);
  if (made.rejection !== undefined) {
    // Asking twice is no mistake.
    if (made.rejection === 'ALREADY_CANCELLING' && control.kind === 'cancel') return null;
    return made.rejection === 'ALREADY_PAUSED' ? null : { refusal: refusal(record, made.rejection) };
  }
  const next = { ...record, run: made.next };
  const resource = { type: 'Cluster', cluster: record.cluster, name: record.cluster };
  const asked = {
    caller,
    action: 'maintenance-run.control',
    resource,
    correlationId: id,
    maintenanceRunId: id,
    policyIds,
  };
  const facts = { before: { state: record.run.state }, after: { ...control, state: next.run.state } };
  const audit = [{ ...asked, ...(reason ? { reason } : {}), ...facts }];
  return { next, events: maintenanceEvents(record, next), audit };
}

function eventOf(control: RunControl, caller: Caller, { run }: MaintenanceRunRecord): RunEvent {
  const by = caller.actor.displayName;
  switch (control.kind) {
    case 'pause':
      return { type: 'PAUSE', by, reason: 'REQUESTED' };
    case 'resume':
      return { type: 'RESUME', by };
    case 'cancel':
      return { type: 'CANCEL', by, undo: control.undo ?? true };
    case 'release':
      return { type: 'RELEASE', nodeUid: run.nodes.find((node) => node.name === control.node)?.uid ?? '' };
  }
}

function refusal({ id, run }: MaintenanceRunRecord, rejection: string): DomainError {
  const extensions = { runId: id, state: run.state, rejection };
  if (rejection === 'RUN_FINISHED') {
    return new DomainError('OPERATION_FINISHED', `The run has already ended: ${run.state}.`, { extensions });
  }
  const words = rejection.toLowerCase().replaceAll('_', ' ');
  return new DomainError('CONFLICT', `The run is ${run.state}: ${words}.`, { extensions });
}
