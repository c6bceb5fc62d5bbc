import { Inject, Injectable } from '@nestjs/common';
import type { AppConfig } from '../../../config/app-config.js';
import { APP_CONFIG } from '../../../config/config.module.js';
import type { Caller } from '../../../kernel/actor.js';
import { Clock } from '../../../kernel/clock.js';
import { newId } from '../../../kernel/ids.js';
import type { AccessAction } from '../../access/index.js';
import { definitionOf, type KnownOperation, rightsOf } from '../operation-definitions.js';
import type { LiveNode } from './node-gateway.port.js';
import { stepsOf } from './operation.js';
import type { StoredOptions } from './operation-definition.js';
import type { OperationRecord } from './operation-record.js';
import type { StartRequest } from './start-operation.service.js';

/** A request whose options were found valid, with what its type makes of them. */
export interface CheckedRequest extends StartRequest {
  readonly definition: KnownOperation;
  readonly options: StoredOptions;
  /** The first is the action that audit events name. */
  readonly actions: readonly [AccessAction, ...AccessAction[]];
}

/** What becomes of a request by the definition of its type. */
@Injectable()
export class NewOperation {
  constructor(
    private readonly clock: Clock,
    @Inject(APP_CONFIG) private readonly config: AppConfig,
  ) {}

  /** @throws DomainError VALIDATION_FAILED with every violation at once */
  check(request: StartRequest): CheckedRequest {
    const definition = definitionOf(request.type);
    const options = { ...definition.options(request.options ?? {}, this.config) };
    return { ...request, definition, options, actions: rightsOf(definition, options) };
  }

  recordOf(caller: Caller, request: CheckedRequest, node: LiveNode, policyIds: string[]): OperationRecord {
    const now = this.clock.now();
    const { definition, type, cluster, reason, ticket, options } = request;
    const timeoutSeconds = definition.timeoutSeconds(options);
    return {
      id: newId(now.getTime()),
      type,
      cluster,
      nodeName: node.name,
      nodeUid: node.uid,
      nodeLabels: node.labels,
      options,
      reason,
      ticket: ticket ?? null,
      caller,
      policyIds,
      intentId: null,
      maintenanceRunId: request.maintenanceRunId ?? null,
      runKey: request.runKey ?? null,
      approvalId: null,
      lastSeq: 0,
      createdAt: now,
      state: 'QUEUED',
      epoch: 0,
      startedAt: null,
      finishedAt: null,
      deadlineAt: timeoutSeconds > 0 ? new Date(now.getTime() + timeoutSeconds * 1000) : null,
      heartbeatAt: null,
      claimedBy: null,
      steps: stepsOf(type),
      restoreOnFailure: definition.restoreOnFailure?.(options) ?? false,
      cordonedByUs: false,
      cancel: null,
      ending: null,
      failure: null,
      progress: { total: 0, done: 0, etaSeconds: null },
      diagnosis: [],
      warnings: [],
      result: request.result ?? {},
      priorUnschedulable: null,
      planHash: request.planHash ?? null,
    };
  }
}
