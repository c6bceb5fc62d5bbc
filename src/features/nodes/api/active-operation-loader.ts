import { Injectable } from '@nestjs/common';
import type { ApiRequest } from '../../../platform/api/request-of.js';
import { RequestLoader } from '../../../platform/graphql/request-loader.js';
import { ListActiveOperationsService } from '../application/list-active-operations.service.js';
import type { ActiveOperation } from '../application/ports/active-operations.port.js';

interface NodeKey {
  readonly cluster: string;
  readonly uid: string;
}

interface Found {
  readonly operation: ActiveOperation | null;
  readonly warning: string | null;
}

/** One look-up for all nodes of a GraphQL request, however many lists it has. */
@Injectable()
export class ActiveOperationLoader {
  private readonly loader = new RequestLoader<NodeKey, Found>(
    (keys) => this.batch(keys),
    ({ cluster, uid }) => `${cluster}/${uid}`,
  );

  constructor(private readonly operations: ListActiveOperationsService) {}

  /** Null with a warning beside the answer, for those who don't ask for the node's own, where it can't be known. */
  async load(request: ApiRequest, key: NodeKey): Promise<ActiveOperation | null> {
    const { operation, warning } = await this.loader.load(request, key);
    if (warning !== null) {
      request.warnings ??= new Set();
      request.warnings.add(warning);
    }
    return operation;
  }

  /** What is wrong with the operation of this node; null if nothing is. */
  async warning(request: ApiRequest, key: NodeKey): Promise<string | null> {
    return (await this.loader.load(request, key)).warning;
  }

  private async batch(keys: readonly NodeKey[]): Promise<Found[]> {
    const clusters = [...new Set(keys.map(({ cluster }) => cluster))];
    const found = new Map(
      await Promise.all(
        clusters.map(async (cluster) => {
          const uids = keys.filter((key) => key.cluster === cluster).map(({ uid }) => uid);
          return [cluster, await this.operations.onNodes(cluster, uids)] as const;
        }),
      ),
    );
    return keys.map(({ cluster, uid }) => {
      const there = found.get(cluster);
      return { operation: there?.byUid.get(uid) ?? null, warning: there?.warning ?? null };
    });
  }
}
