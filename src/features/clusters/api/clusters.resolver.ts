import { Args, Query, Resolver } from '@nestjs/graphql';
import type { Caller } from '../../../kernel/actor.js';
import { CurrentCaller } from '../../../platform/api/current-caller.decorator.js';
import { ReadClustersService } from '../application/read-clusters.service.js';
import { ClusterDto, clusterDto } from './dto/cluster.dto.js';

@Resolver(() => ClusterDto)
export class ClustersResolver {
  constructor(private readonly clusters: ReadClustersService) {}

  @Query(() => [ClusterDto], { name: 'clusters', description: 'Clusters that the caller may see.' })
  async list(@CurrentCaller() caller: Caller): Promise<ClusterDto[]> {
    return (await this.clusters.list(caller)).map(clusterDto);
  }

  @Query(() => ClusterDto, { name: 'cluster', description: 'One cluster.' })
  async get(@CurrentCaller() caller: Caller, @Args('name') name: string): Promise<ClusterDto> {
    return clusterDto(await this.clusters.get(caller, name));
  }
}
