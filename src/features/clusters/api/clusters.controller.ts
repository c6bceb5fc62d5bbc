import { Controller, Get, Param } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { Caller } from '../../../kernel/actor.js';
import { CurrentCaller } from '../../../platform/api/current-caller.decorator.js';
import { ReadClustersService } from '../application/read-clusters.service.js';
import { ClusterDto, ClusterListDto, clusterDto } from './dto/cluster.dto.js';

@ApiTags('Clusters')
@Controller('clusters')
export class ClustersController {
  constructor(private readonly clusters: ReadClustersService) {}

  @Get()
  @ApiOperation({ operationId: 'listClusters', summary: 'Clusters with health, version, node counts and cache state' })
  @ApiOkResponse({ type: ClusterListDto })
  async list(@CurrentCaller() caller: Caller): Promise<ClusterListDto> {
    return { items: (await this.clusters.list(caller)).map(clusterDto) };
  }

  @Get(':cluster')
  @ApiOperation({ operationId: 'getCluster', summary: 'One cluster' })
  @ApiOkResponse({ type: ClusterDto })
  async get(@CurrentCaller() caller: Caller, @Param('cluster') cluster: string): Promise<ClusterDto> {
    return clusterDto(await this.clusters.get(caller, cluster));
  }
}
