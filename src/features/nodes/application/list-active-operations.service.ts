import { Injectable, Optional } from '@nestjs/common';
import { type ActiveOperation, ActiveOperations } from './ports/active-operations.port.js';

/** Asks for the operations on a page of nodes; without a feature that runs operations there are none. */
@Injectable()
export class ListActiveOperationsService {
  constructor(@Optional() private readonly source?: ActiveOperations) {}

  async onNodes(cluster: string, uids: readonly string[]): Promise<ReadonlyMap<string, ActiveOperation>> {
    return this.source && uids.length > 0 ? this.source.onNodes(cluster, uids) : new Map();
  }
}
