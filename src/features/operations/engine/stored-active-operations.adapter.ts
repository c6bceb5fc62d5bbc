import { Injectable } from '@nestjs/common';
import { type ActiveOperation, ActiveOperations } from '../../nodes/index.js';
import { OperationRepository } from './operation-repository.port.js';

/** Tells the nodes feature what works on its nodes. */
@Injectable()
export class StoredActiveOperations extends ActiveOperations {
  constructor(private readonly operations: OperationRepository) {
    super();
  }

  override async onNodes(cluster: string, nodeUids: readonly string[]): Promise<ReadonlyMap<string, ActiveOperation>> {
    if (nodeUids.length === 0) return new Map();
    const active = await this.operations.activeOn(cluster, nodeUids);
    return new Map(active.map(({ id, type, state, nodeUid }) => [nodeUid, { id, type, state }]));
  }
}
