import { Injectable } from '@nestjs/common';
import type { Caller } from '../../../kernel/actor.js';
import { DomainError } from '../../../kernel/domain-error.js';
import { type Page, type PageRequest, visiblePage } from '../../../kernel/page.js';
import { AccessControl, type AccessResource } from '../../access/index.js';
import type { OperationPod } from './operation-pod.js';
import type { OperationRecord } from './operation-record.js';
import { type OperationFilter, OperationRepository } from './operation-repository.port.js';

@Injectable()
export class ReadOperations {
  constructor(
    private readonly operations: OperationRepository,
    private readonly access: AccessControl,
  ) {}

  /** @throws DomainError NOT_FOUND, also for one that the caller may not see */
  async get(caller: Caller, id: string): Promise<OperationRecord> {
    const operation = await this.operations.find(id);
    if (!operation) throw operationNotFound(id);
    await this.access.require(caller, 'operation.read', nodeOf(operation), hiddenOperation(id));
    return operation;
  }

  /** Pods of an operation that the caller was given by `get` or `list`. */
  pods(id: string): Promise<OperationPod[]> {
    return this.operations.pods(id);
  }

  /** The same for several at once. */
  podsOf(ids: readonly string[]): Promise<ReadonlyMap<string, OperationPod[]>> {
    return this.operations.podsOf(ids);
  }

  /** Newest first, only what the caller may see. */
  async list(caller: Caller, filter: OperationFilter, page: PageRequest): Promise<Page<OperationRecord>> {
    return visiblePage(
      page,
      (request) => this.operations.list(filter, request),
      (operations) => this.access.filter(caller.actor, 'operation.read', operations, nodeOf),
    );
  }
}

/** Access to an operation is access to its node. */
export const nodeOf = (operation: OperationRecord): AccessResource => ({
  type: 'Node',
  cluster: operation.cluster,
  name: operation.nodeName,
  labels: operation.nodeLabels,
});

/** Who may not read an operation does not learn that it exists. */
export const hiddenOperation = (id: string) => ({ seenBy: 'operation.read', absent: operationNotFound(id) }) as const;

export function operationNotFound(id: string): DomainError {
  return new DomainError('NOT_FOUND', `There is no operation "${id.slice(0, 64)}".`);
}
