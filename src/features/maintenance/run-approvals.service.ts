import { Injectable } from '@nestjs/common';
import { DomainError } from '../../kernel/domain-error.js';
import { Decisions } from '../../platform/decisions/decisions.js';
import type { OutboxMessage } from '../../platform/postgres/outbox.js';
import {
  type ApprovalRecord,
  type ApprovalSubjectOwner,
  AskApproval,
  type PresentSubject,
  STARTED_BY_APPROVAL,
  type SubjectFailure,
} from '../approvals/index.js';
import { isNamed, MaintenanceAccess } from './maintenance-access.service.js';
import { maintenanceEvents } from './maintenance-event.js';
import { type FleetNode, MaintenanceGateway } from './maintenance-gateway.port.js';
import { maintenanceJob } from './maintenance-job.js';
import { isRunOver } from './maintenance-run.js';
import { decideRun, type RunEvent } from './maintenance-run.machine.js';
import type { MaintenanceRunRecord } from './maintenance-run-record.js';
import { type LockedRun, MaintenanceRunRepository } from './maintenance-run-repository.port.js';
import type { MaintenanceSpec } from './maintenance-spec.js';
import { coveredBy, runRisk } from './run-risk.js';

/** Runs that a policy lets wait for approval; their operations are covered by it. */
@Injectable()
export class RunApprovals implements ApprovalSubjectOwner {
  readonly kind = 'MAINTENANCE_RUN';
  readonly resourceType = 'ApprovalRequest';
  readonly rights = {
    read: 'operation.read',
    review: 'operation.review',
    execute: 'maintenance-run.start',
    breakGlass: 'operation.break-glass',
    automatic: 'operation.review',
  } as const;
  readonly life = STARTED_BY_APPROVAL;

  constructor(
    private readonly asks: AskApproval,
    private readonly runs: MaintenanceRunRepository,
    private readonly decisions: Decisions,
    private readonly gateway: MaintenanceGateway,
    private readonly access: MaintenanceAccess,
  ) {}

  /** The run as it is to be stored: waiting, if rules apply. Joins the transaction that stores it. */
  async ask(record: MaintenanceRunRecord, nodes: readonly FleetNode[]): Promise<MaintenanceRunRecord> {
    const { id, cluster, reason, ticket, caller, run } = record;
    const approvalId = await this.asks.ask(caller, {
      kind: this.kind,
      subjectId: id,
      cluster,
      risk: runRisk(run.spec, nodes),
      ...aimedAt(cluster, run.spec, nodes),
      spec: { ...run.spec },
      reason,
      ticket,
    });
    return approvalId ? { ...record, run: { ...run, approvalId, state: 'AWAITING_APPROVAL' } } : record;
  }

  /** With the nodes and the rights of today: other nodes than those approved end it before its start. */
  async present({ subjectId }: ApprovalRecord): Promise<PresentSubject> {
    const record = await this.runs.find(subjectId);
    if (!record) return { over: { code: 'NOT_FOUND', message: 'the run is gone' } };
    const { cluster, run } = record;
    const actor = await this.access.actorOf(record);
    const named = (await this.gateway.listNodes(cluster)).filter((node) => isNamed(run.spec, node));
    const nodes = named.filter((node) => actor !== null && this.access.mayActOn(actor, run.spec, cluster, node));
    if (nodes.length > 0) return aimedAt(cluster, run.spec, nodes);
    return { over: { code: 'FORBIDDEN', message: 'who asked for it may act on none of its nodes any more' } };
  }

  async begin({ subjectId }: ApprovalRecord): Promise<void> {
    await this.move(subjectId, { type: 'APPROVED' }, [maintenanceJob(subjectId, 0)]);
  }

  async end({ subjectId }: ApprovalRecord, failure: SubjectFailure): Promise<void> {
    await this.move(subjectId, { type: 'REFUSED', failure });
  }

  async outcome({ subjectId }: ApprovalRecord): Promise<'SUCCEEDED' | 'FAILED' | null> {
    const record = await this.runs.find(subjectId);
    if (!record || !isRunOver(record.run.state)) return null;
    return record.run.state === 'SUCCEEDED' ? 'SUCCEEDED' : 'FAILED';
  }

  private async move(id: string, event: RunEvent, jobs: readonly OutboxMessage[] = []): Promise<void> {
    const absent = new DomainError('NOT_FOUND', `There is no maintenance run "${id}".`);
    await this.decisions.move(this.runs, id, absent, ({ record, databaseNow }: LockedRun) => {
      const decided = decideRun(record.run, event, databaseNow);
      if (decided.rejection !== undefined) {
        const message = `The run is ${record.run.state}: it does not wait for approval.`;
        return { refusal: new DomainError('CONFLICT', message) };
      }
      const next = { ...record, run: decided.next };
      const { failure } = next.run;
      const refused = { outcome: 'CANCELLED' as const, ...(failure ? { error: { ...failure } } : {}) };
      const closes = record.intentId && failure ? [{ intentIds: [record.intentId], ...refused }] : [];
      return { next, events: maintenanceEvents(record, next), closes, jobs };
    });
  }
}

const subjectNode = (cluster: string, { name: node, labels }: FleetNode) => ({ cluster, node, labels: { ...labels } });

const aimedAt = (cluster: string, spec: MaintenanceSpec, nodes: readonly FleetNode[]) => ({
  nodes: nodes.map((node) => subjectNode(cluster, node)),
  covers: coveredBy(spec, nodes).map(({ nodes: covered, ...rule }) => ({
    ...rule,
    nodes: covered.map((node) => subjectNode(cluster, node)),
  })),
  targets: nodes.map(({ name: node, uid }) => ({ cluster, node, uid })),
});
