import { Args, Context, Parent, ResolveField, Resolver } from '@nestjs/graphql';
import { type ConnectionOf, PageQuery, toConnection } from '../../../platform/api/page.dto.js';
import type { GraphqlContext } from '../../../platform/api/request-of.js';
import { ReadNodeMetricsService } from '../application/read-node-metrics.service.js';
import { eventPage, podPage } from '../application/read-node-parts.service.js';
import { ActiveOperationLoader } from './active-operation-loader.js';
import { NodeDetailDto, NodeLeaseDto, NodeResourceSliceDto } from './dto/node-detail.dto.js';
import { ActiveOperationDto, MeasuredUsageDto } from './dto/node-parts.dto.js';
import { type NodeEventDto, NodeEventPages, type NodePodDto, NodePodPages } from './dto/node-pod.dto.js';
import { type GraphqlNode, leaseDto, nodeEventDto, nodePodDto, resourceSliceDto } from './node.mapper.js';
import { NodePartsLoader } from './node-parts-loader.js';

/** Fields of a node that are asked for only where a query does, for all nodes of the query at once. */
@Resolver(() => NodeDetailDto)
export class NodeDetailResolver {
  constructor(
    private readonly operations: ActiveOperationLoader,
    private readonly parts: NodePartsLoader,
    private readonly metrics: ReadNodeMetricsService,
  ) {}

  @ResolveField(() => ActiveOperationDto, { name: 'activeOperation', nullable: true })
  activeOperation(
    @Parent() { cluster, uid }: GraphqlNode,
    @Context() { request }: GraphqlContext,
  ): Promise<ActiveOperationDto | null> {
    return this.operations.load(request, { cluster, uid });
  }

  @ResolveField(() => [String], { name: 'warnings' })
  async warnings(
    @Parent() { cluster, uid, warnings }: GraphqlNode,
    @Context() { request }: GraphqlContext,
  ): Promise<string[]> {
    const warning = await this.operations.warning(request, { cluster, uid });
    return warning === null ? warnings : [...warnings, warning];
  }

  @ResolveField(() => MeasuredUsageDto, { name: 'usage', nullable: true })
  async usage(@Parent() { cluster, name }: GraphqlNode): Promise<MeasuredUsageDto> {
    return (await this.metrics.of(cluster))(name);
  }

  @ResolveField(() => NodePodPages.Connection, {
    name: 'pods',
    nullable: true,
    description: 'Its pods, finished ones too, by namespace and name.',
  })
  async pods(
    @Parent() node: GraphqlNode,
    @Args() page: PageQuery,
    @Context() { request }: GraphqlContext,
  ): Promise<ConnectionOf<NodePodDto> | null> {
    const found = await this.parts.pods.load(request, node);
    return found ? toConnection(podPage(found, page), (pod) => nodePodDto(node.cluster, pod)) : null;
  }

  @ResolveField(() => NodeEventPages.Connection, {
    name: 'events',
    nullable: true,
    description: 'Events about it, newest first.',
  })
  async events(
    @Parent() node: GraphqlNode,
    @Args() page: PageQuery,
    @Context() { request }: GraphqlContext,
  ): Promise<ConnectionOf<NodeEventDto>> {
    const events = node.described?.events ?? (await this.parts.events.load(request, node)) ?? [];
    return toConnection(eventPage(events, page), (event) => nodeEventDto(node.cluster, event));
  }

  @ResolveField(() => NodeLeaseDto, { name: 'lease', nullable: true })
  async lease(@Parent() node: GraphqlNode, @Context() { request }: GraphqlContext): Promise<NodeLeaseDto | null> {
    const lease = node.described ? node.described.lease : await this.parts.leases.load(request, node);
    return lease ? leaseDto(lease) : null;
  }

  @ResolveField(() => [NodeResourceSliceDto], {
    name: 'resourceSlices',
    nullable: true,
    description: 'Resource slices.',
  })
  async resourceSlices(
    @Parent() node: GraphqlNode,
    @Context() { request }: GraphqlContext,
  ): Promise<NodeResourceSliceDto[]> {
    const slices = node.described?.resourceSlices ?? (await this.parts.resourceSlices.load(request, node)) ?? [];
    return slices.map(resourceSliceDto);
  }
}
