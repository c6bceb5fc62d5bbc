import { Injectable } from '@nestjs/common';
import { nodeNotFound } from '../../kernel/absent-resource.js';
import type { Caller } from '../../kernel/actor.js';
import { DomainError } from '../../kernel/domain-error.js';
import { Idempotency } from '../access/index.js';
import { runActionOf } from '../operations/model.js';
import { isNamed, MaintenanceAccess } from './maintenance-access.service.js';
import { type FleetNode, MaintenanceGateway } from './maintenance-gateway.port.js';
import type { MaintenanceRunRecord } from './maintenance-run-record.js';
import { MaintenanceRunRepository } from './maintenance-run-repository.port.js';
import { type MaintenanceSpec, type MaintenanceSpecInput, maintenanceSpecFrom } from './maintenance-spec.js';
import { StoreMaintenanceRun } from './store-maintenance-run.service.js';

export { MAINTENANCE_JOB, maintenanceJob } from './maintenance-job.js';

export interface StartMaintenanceRequest {
  readonly cluster: string;
  readonly reason: string;
  readonly ticket?: string | undefined;
  readonly spec: MaintenanceSpecInput;
  readonly idempotencyKey?: string | undefined;
}

/** Starts a rolling run over a selector or a list of nodes. */
@Injectable()
export class StartMaintenanceRun {
  constructor(
    private readonly gateway: MaintenanceGateway,
    private readonly access: MaintenanceAccess,
    private readonly idempotency: Idempotency,
    private readonly runs: MaintenanceRunRepository,
    private readonly writer: StoreMaintenanceRun,
  ) {}

  /** @throws DomainError VALIDATION_FAILED, NODE_NOT_FOUND, FORBIDDEN, CLUSTER_NOT_FOUND … */
  async start(caller: Caller, request: StartMaintenanceRequest): Promise<MaintenanceRunRecord> {
    const spec = maintenanceSpecFrom(request.spec);
    if (spec.drainOptions.planHash !== null) {
      throw new DomainError('VALIDATION_FAILED', 'A plan hash is of one node, not of a run.', {
        violations: [{ pointer: '/drainOptions/planHash', code: 'NOT_ALLOWED', message: 'must be left out' }],
      });
    }
    const { cluster, reason, ticket, idempotencyKey } = request;
    const asked = { useCase: 'startMaintenanceRun', cluster, reason, ticket: ticket ?? null, spec };
    // Answered without a look at the nodes, which may be changed, deleted or out of reach by the retry.
    const first = await this.idempotency.answered<{ runId: string }>(caller, idempotencyKey, asked);
    const { runId } = first ?? (await this.startNew(caller, request, spec, asked));
    const stored = await this.runs.find(runId);
    if (!stored) throw new DomainError('NOT_FOUND', `There is no maintenance run "${runId}" any more.`);
    return stored;
  }

  private async startNew(caller: Caller, request: StartMaintenanceRequest, spec: MaintenanceSpec, asked: object) {
    const { policyIds, nodes } = await this.permitted(caller, request.cluster, spec);
    return this.idempotency.run(caller, request.idempotencyKey, asked, async () => ({
      runId: await this.writer.store(caller, request, spec, policyIds, nodes),
    }));
  }

  /** Every node of a list must be permitted; a selector means those that are, and there must be one. */
  private async permitted(caller: Caller, cluster: string, spec: MaintenanceSpec) {
    await this.access.requireCluster(caller, cluster);
    const fleet = this.access.visible(caller.actor, cluster, await this.gateway.listNodes(cluster));
    const named = fleet.filter((node) => isNamed(spec, node));
    const missing = (spec.nodes ?? []).find((name) => !named.some((node) => node.name === name));
    if (missing !== undefined) throw nodeNotFound(cluster, missing);
    const policyIds = new Set<string>();
    const add = async (node: FleetNode) => {
      for (const id of await this.access.requireOn(caller, spec, cluster, node)) policyIds.add(id);
    };
    if (spec.nodes) for (const node of named) await add(node);
    else {
      const allowed = named.find((node) => this.access.mayActOn(caller.actor, spec, cluster, node));
      const first = allowed ?? named[0];
      if (first) await add(first);
      else {
        throw new DomainError('VALIDATION_FAILED', 'The selector matches no node.', {
          violations: [{ pointer: '/nodeSelector', code: 'NO_MATCH', message: 'matches no node of the cluster' }],
        });
      }
    }
    const nodes = named.filter((node) => this.access.mayActOn(caller.actor, spec, cluster, node));
    runActionOf(spec.action).operation.requirePossible?.(cluster, nodes);
    return { policyIds: [...policyIds].sort(), nodes };
  }
}
