import { Injectable } from '@nestjs/common';
import { RequestLoader } from '../../../platform/graphql/request-loader.js';
import type { OperationPod } from './operation-pod.js';
import { ReadOperations } from './read-operations.service.js';

/** Pods of all operations of a GraphQL request in one statement. */
@Injectable()
export class OperationPodsLoader {
  private readonly loader: RequestLoader<string, OperationPod[]>;

  constructor(read: ReadOperations) {
    this.loader = new RequestLoader(
      async (ids) => {
        const found = await read.podsOf(ids);
        return ids.map((id) => found.get(id) ?? []);
      },
      (id) => id,
    );
  }

  load(request: object, operationId: string): Promise<OperationPod[]> {
    return this.loader.load(request, operationId);
  }
}
