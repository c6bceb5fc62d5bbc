import { Injectable } from '@nestjs/common';
import type { Caller } from '../../../kernel/actor.js';
import { DomainError } from '../../../kernel/domain-error.js';
import { encodeCursor, type Page, type PageRequest } from '../../../kernel/page.js';
import { AccessControl, type AccessResource } from '../../access/index.js';
import type { OperationPod } from './operation-pod.js';
import type { OperationRecord } from './operation-record.js';
import { type OperationFilter, OperationRepository } from './ports/operation-repository.port.js';

/** A list whose reader may see next to nothing must not read the whole table. */
const MAX_ROUNDS = 20;

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
    const seen: OperationRecord[] = [];
    let { after } = page;
    let hasNextPage = false;
    for (let round = 0; round < MAX_ROUNDS; round++) {
      const request = { first: page.first, ...(after === undefined ? {} : { after }) };
      const found = await this.operations.list(filter, request);
      const visible = this.access.filter(caller.actor, 'operation.read', found.items, nodeOf);
      const room = page.first - seen.length;
      seen.push(...visible.slice(0, room));
      hasNextPage = visible.length > room || found.hasNextPage;
      if (seen.length >= page.first || !found.hasNextPage || found.endCursor === null) break;
      after = found.endCursor;
    }
    const cursors = seen.map((operation) => encodeCursor([operation.id]));
    return { items: seen, cursors, endCursor: cursors.at(-1) ?? null, hasNextPage };
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
