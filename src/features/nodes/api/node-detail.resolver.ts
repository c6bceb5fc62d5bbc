import { Context, Parent, ResolveField, Resolver } from '@nestjs/graphql';
import type { GraphqlContext } from '../../../platform/api/request-of.js';
import { ReadNodeMetricsService } from '../application/read-node-metrics.service.js';
import { ActiveOperationLoader } from './active-operation-loader.js';
import { NodeDetailDto } from './dto/node-detail.dto.js';
import { ActiveOperationDto, MeasuredUsageDto } from './dto/node-parts.dto.js';

@Resolver(() => NodeDetailDto)
export class NodeDetailResolver {
  constructor(
    private readonly loader: ActiveOperationLoader,
    private readonly metrics: ReadNodeMetricsService,
  ) {}

  @ResolveField(() => ActiveOperationDto, { name: 'activeOperation', nullable: true })
  activeOperation(
    @Parent() { cluster, uid }: NodeDetailDto,
    @Context() { request }: GraphqlContext,
  ): Promise<ActiveOperationDto | null> {
    return this.loader.load(request, { cluster, uid });
  }

  @ResolveField(() => [String], { name: 'warnings' })
  async warnings(
    @Parent() { cluster, uid, warnings }: NodeDetailDto,
    @Context() { request }: GraphqlContext,
  ): Promise<string[]> {
    const warning = await this.loader.warning(request, { cluster, uid });
    return warning === null ? warnings : [...warnings, warning];
  }

  @ResolveField(() => MeasuredUsageDto, { name: 'usage', nullable: true })
  async usage(@Parent() { cluster, name }: NodeDetailDto): Promise<MeasuredUsageDto> {
    return (await this.metrics.of(cluster))(name);
  }
}
