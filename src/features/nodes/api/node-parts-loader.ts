import { Injectable } from '@nestjs/common';
import { RequestLoader } from '../../../platform/graphql/request-loader.js';
import type { KubeEvent, Lease, ResourceSlice } from '../../../platform/kubernetes/kube-objects.js';
import { type NodePods, ReadNodePartsService } from '../application/read-node-parts.service.js';
import { type GivenNode, ReadNodeSectionsService } from '../application/read-node-sections.service.js';

type Read<V> = (nodes: readonly GivenNode[]) => Promise<ReadonlyMap<string, V>>;

/** What nodes of a GraphQL request have beside themselves, for all of them in the same number of calls. */
@Injectable()
export class NodePartsLoader {
  readonly pods: RequestLoader<GivenNode, NodePods | undefined>;
  readonly leases: RequestLoader<GivenNode, Lease | undefined>;
  readonly events: RequestLoader<GivenNode, readonly KubeEvent[] | undefined>;
  readonly resourceSlices: RequestLoader<GivenNode, readonly ResourceSlice[] | undefined>;

  constructor(parts: ReadNodePartsService, sections: ReadNodeSectionsService) {
    this.pods = loaderOf((nodes) =>
      parts.podsOf(
        nodes[0]?.cluster ?? '',
        nodes.map(({ name }) => name),
      ),
    );
    this.leases = loaderOf((nodes) => sections.leases(nodes));
    this.events = loaderOf((nodes) => sections.events(nodes));
    this.resourceSlices = loaderOf((nodes) => sections.resourceSlices(nodes));
  }
}

/** Reads cluster by cluster, all at once: one that can not be read fails its own nodes. */
function loaderOf<V>(read: Read<V>): RequestLoader<GivenNode, V | undefined> {
  return new RequestLoader<GivenNode, V | undefined>(
    async (nodes) => {
      const clusters = [...new Set(nodes.map(({ cluster }) => cluster))];
      const answers = await Promise.all(
        clusters.map((name) => read(nodes.filter(({ cluster }) => cluster === name)).catch(asError)),
      );
      const byCluster = new Map(clusters.map((cluster, index) => [cluster, answers[index]]));
      return nodes.map(({ cluster, name }) => {
        const found = byCluster.get(cluster);
        return found instanceof Error ? found : found?.get(name);
      });
    },
    ({ cluster, name }) => `${cluster}/${name}`,
  );
}

const asError = (error: unknown): Error => (error instanceof Error ? error : new Error(String(error)));
