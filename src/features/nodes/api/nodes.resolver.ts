import { Args, Context, Parent, Query, ResolveField, Resolver } from '@nestjs/graphql';
import type { Caller } from '../../../kernel/actor.js';
import { CurrentCaller } from '../../../platform/api/current-caller.decorator.js';
import { type ConnectionOf, toConnection } from '../../../platform/api/page.dto.js';
import type { GraphqlContext } from '../../../platform/api/request-of.js';
import { DescribeNodeService } from '../application/describe-node.service.js';
import { ListNodesService } from '../application/list-nodes.service.js';
import { ReadNodeMetricsService } from '../application/read-node-metrics.service.js';
import { ReadNodePartsService } from '../application/read-node-parts.service.js';
import { ActiveOperationLoader } from './active-operation-loader.js';
import { NodeDto, NodePages } from './dto/node.dto.js';
import { NodeDetailDto } from './dto/node-detail.dto.js';
import { ActiveOperationDto, MeasuredUsageDto } from './dto/node-parts.dto.js';
import { type NodeEventDto, NodeEventPages, type NodePodDto, NodePodPages } from './dto/node-pod.dto.js';
import { NodePartsArgs, NodesArgs } from './dto/node-query.dto.js';
import { nodeDetailDto, nodeDto, nodeEventDto, nodePodDto } from './node.mapper.js';

@Resolver(() => NodeDto)
export class NodesResolver {
  constructor(
    private readonly nodes: ListNodesService,
    private readonly description: DescribeNodeService,
    private readonly parts: ReadNodePartsService,
    private readonly loader: ActiveOperationLoader,
    private readonly metrics: ReadNodeMetricsService,
  ) {}

  @Query(() => NodePages.Connection, { name: 'nodes', description: 'Nodes that the caller may see.' })
  async list(@CurrentCaller() caller: Caller, @Args() args: NodesArgs): Promise<ConnectionOf<NodeDto>> {
    const { cluster, first, after, sort, filter } = args;
    return toConnection(await this.nodes.list(caller, { ...filter, cluster, first, after, sort }), nodeDto);
  }

  @Query(() => NodeDetailDto, { name: 'node', description: 'Everything that kubectl describe node says, read live.' })
  async get(
    @CurrentCaller() caller: Caller,
    @Args('cluster') cluster: string,
    @Args('name') name: string,
  ): Promise<NodeDetailDto> {
    return nodeDetailDto(await this.description.describe(caller, cluster, name));
  }

  @Query(() => NodePodPages.Connection, { name: 'nodePods', description: 'Pods of a node, finished ones too.' })
  async pods(@CurrentCaller() caller: Caller, @Args() args: NodePartsArgs): Promise<ConnectionOf<NodePodDto>> {
    return toConnection(await this.parts.pods(caller, args.cluster, args.node, args), nodePodDto);
  }

  @Query(() => NodeEventPages.Connection, { name: 'nodeEvents', description: 'Events about a node, newest first.' })
  async events(@CurrentCaller() caller: Caller, @Args() args: NodePartsArgs): Promise<ConnectionOf<NodeEventDto>> {
    return toConnection(await this.parts.events(caller, args.cluster, args.node, args), nodeEventDto);
  }

  @ResolveField(() => ActiveOperationDto, { name: 'activeOperation', nullable: true })
  activeOperation(
    @Parent() { cluster, uid }: NodeDto,
    @Context() { request }: GraphqlContext,
  ): Promise<ActiveOperationDto | null> {
    return this.loader.load(request, { cluster, uid });
  }

  @ResolveField(() => [String], { name: 'warnings' })
  async warnings(
    @Parent() { cluster, uid, warnings }: NodeDto,
    @Context() { request }: GraphqlContext,
  ): Promise<string[]> {
    const warning = await this.loader.warning(request, { cluster, uid });
    return warning === null ? warnings : [...warnings, warning];
  }

  @ResolveField(() => MeasuredUsageDto, { name: 'usage', nullable: true })
  async usage(@Parent() { cluster, name }: NodeDto): Promise<MeasuredUsageDto> {
    return (await this.metrics.of(cluster))(name);
  }
}
