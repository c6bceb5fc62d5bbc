import { Injectable, type OnModuleInit } from '@nestjs/common';
import { namesInEntityId } from '../../../kernel/entity-id.js';
import { EntitySources } from '../../../platform/graphql/entity-sources.js';
import { ReadClustersService } from '../application/read-clusters.service.js';
import { clusterDto } from './dto/cluster.dto.js';

/** Finds clusters by their ids. */
@Injectable()
export class ClusterEntities implements OnModuleInit {
  constructor(
    private readonly sources: EntitySources,
    private readonly clusters: ReadClustersService,
  ) {}

  onModuleInit(): void {
    this.sources.register('Cluster', async (caller, id) => {
      const [name, ...more] = namesInEntityId('Cluster', id) ?? [];
      if (name === undefined || more.length > 0) return undefined;
      return clusterDto(await this.clusters.get(caller, name));
    });
  }
}
