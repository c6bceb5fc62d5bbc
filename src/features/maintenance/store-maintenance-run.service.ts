import { Injectable } from '@nestjs/common';
import type { Caller } from '../../kernel/actor.js';
import { AuditTrail } from '../../kernel/audit-trail.js';
import { Clock } from '../../kernel/clock.js';
import { newId } from '../../kernel/ids.js';
import { Decisions } from '../../platform/decisions/decisions.js';
import { stateEvent } from './maintenance-event.js';
import type { FleetNode } from './maintenance-gateway.port.js';
import { maintenanceJob } from './maintenance-job.js';
import { newMaintenanceRun } from './maintenance-run.js';
import type { MaintenanceRunRecord } from './maintenance-run-record.js';
import { MaintenanceRunRepository } from './maintenance-run-repository.port.js';
import type { MaintenanceSpec } from './maintenance-spec.js';
import { RunApprovals } from './run-approvals.service.js';
import type { StartMaintenanceRequest } from './start-maintenance-run.service.js';

/** Stores a checked run with its audit intent, its approval where one is asked for, and its job. */
@Injectable()
export class StoreMaintenanceRun {
  constructor(
    private readonly runs: MaintenanceRunRepository,
    private readonly decisions: Decisions,
    private readonly audit: AuditTrail,
    private readonly approvals: RunApprovals,
    private readonly clock: Clock,
  ) {}

  /** Joins the running transaction. */
  async store(
    caller: Caller,
    { cluster, reason, ticket }: StartMaintenanceRequest,
    spec: MaintenanceSpec,
    policyIds: string[],
    nodes: readonly FleetNode[],
  ): Promise<string> {
    const now = this.clock.now();
    const id = newId(now.getTime());
    const [intentId = null] = await this.audit.record([
      {
        kind: 'INTENT',
        caller,
        action: 'maintenance-run.start',
        resource: { type: 'Cluster', cluster, name: cluster },
        correlationId: id,
        maintenanceRunId: id,
        reason,
        ...(ticket ? { ticket } : {}),
        policyIds,
        after: { spec },
      },
    ]);
    const asked: MaintenanceRunRecord = {
      id,
      cluster,
      reason,
      ticket: ticket ?? null,
      caller,
      policyIds,
      run: newMaintenanceRun(id, spec, now),
      waiting: [],
      intentId,
      epoch: 0,
      claimedBy: null,
      heartbeatAt: null,
      lastSeq: 0,
      createdAt: now,
    };
    const record = await this.approvals.ask(asked, nodes);
    const jobs = record.run.state === 'RUNNING' ? [maintenanceJob(id, 0)] : [];
    await this.decisions.insert(this.runs, record, { events: [stateEvent(record)], jobs });
    return id;
  }
}
