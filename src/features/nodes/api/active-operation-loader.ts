import { Injectable } from '@nestjs/common';
import DataLoader from 'dataloader';
import { ListActiveOperationsService } from '../application/list-active-operations.service.js';
import type { ActiveOperation } from '../application/ports/active-operations.port.js';

interface NodeKey {
  readonly cluster: string;
  readonly uid: string;
}

/** One look-up for all nodes of a GraphQL request, however many lists it has. */
@Injectable()
export class ActiveOperationLoader {
  private readonly byRequest = new WeakMap<object, DataLoader<NodeKey, ActiveOperation | null, string>>();

  constructor(private readonly operations: ListActiveOperationsService) {}

  load(request: object, key: NodeKey): Promise<ActiveOperation | null> {
    let loader = this.byRequest.get(request);
    if (!loader) {
      loader = new DataLoader((keys) => this.batch(keys), { cacheKeyFn: ({ cluster, uid }) => `${cluster}/${uid}` });
      this.byRequest.set(request, loader);
    }
    return loader.load(key);
  }

  private async batch(keys: readonly NodeKey[]): Promise<(ActiveOperation | null)[]> {
    const clusters = [...new Set(keys.map(({ cluster }) => cluster))];
    const found = new Map(
      await Promise.all(
        clusters.map(async (cluster) => {
          const uids = keys.filter((key) => key.cluster === cluster).map(({ uid }) => uid);
          return [cluster, await this.operations.onNodes(cluster, uids)] as const;
        }),
      ),
    );
    return keys.map(({ cluster, uid }) => found.get(cluster)?.get(uid) ?? null);
  }
}
