import { Injectable } from '@nestjs/common';
import DataLoader from 'dataloader';
import type { OperationPod } from './operation-pod.js';
import { ReadOperations } from './read-operations.service.js';

/** Pods of all operations of a GraphQL request in one statement. */
@Injectable()
export class OperationPodsLoader {
  private readonly byRequest = new WeakMap<object, DataLoader<string, OperationPod[]>>();

  constructor(private readonly read: ReadOperations) {}

  load(request: object, operationId: string): Promise<OperationPod[]> {
    let loader = this.byRequest.get(request);
    if (!loader) {
      loader = new DataLoader(
        async (ids) => {
          const found = await this.read.podsOf(ids);
          return ids.map((id) => found.get(id) ?? []);
        },
        { cache: false },
      );
      this.byRequest.set(request, loader);
    }
    return loader.load(operationId);
  }
}
