import { Args, Query, Resolver } from '@nestjs/graphql';
import type { Caller } from '../../../kernel/actor.js';
import { CurrentCaller } from '../../../platform/api/current-caller.decorator.js';
import { type ConnectionOf, toConnection } from '../../../platform/api/page.dto.js';
import { DescribeNodeService } from '../application/describe-node.service.js';
import { ListNodesService } from '../application/list-nodes.service.js';
import { ReadNodePartsService } from '../application/read-node-parts.service.js';
import { NodeDetailDto, NodePages } from './dto/node-detail.dto.js';
import { type NodeEventDto, NodeEventPages, type NodePodDto, NodePodPages } from './dto/node-pod.dto.js';
import { NodePartsArgs, NodesArgs } from './dto/node-query.dto.js';
import { describedNode, type GraphqlNode, listedNode, nodeEventDto, nodePodDto } from './node.mapper.js';

@Resolver()
export class NodesResolver {
  constructor(
    private readonly nodes: ListNodesService,
    private readonly description: DescribeNodeService,
    private readonly parts: ReadNodePartsService,
  ) {}

  @Query(() => NodePages.Connection, { name: 'nodes', description: 'Nodes that the caller may see.' })
  async list(@CurrentCaller() caller: Caller, @Args() args: NodesArgs): Promise<ConnectionOf<GraphqlNode>> {
    const { cluster, first, after, sort, filter } = args;
    return toConnection(await this.nodes.list(caller, { ...filter, cluster, first, after, sort }), listedNode);
  }

  @Query(() => NodeDetailDto, { name: 'node', description: 'Everything that kubectl describe node says, read live.' })
  async get(
    @CurrentCaller() caller: Caller,
    @Args('cluster') cluster: string,
    @Args('name') name: string,
  ): Promise<GraphqlNode> {
    return describedNode(await this.description.describe(caller, cluster, name));
  }

  @Query(() => NodePodPages.Connection, { name: 'nodePods', description: 'Pods of a node, finished ones too.' })
  async pods(@CurrentCaller() caller: Caller, @Args() args: NodePartsArgs): Promise<ConnectionOf<NodePodDto>> {
    const page = await this.parts.pods(caller, args.cluster, args.node, args);
    return toConnection(page, (pod) => nodePodDto(args.cluster, pod));
  }

  @Query(() => NodeEventPages.Connection, { name: 'nodeEvents', description: 'Events about a node, newest first.' })
  async events(@CurrentCaller() caller: Caller, @Args() args: NodePartsArgs): Promise<ConnectionOf<NodeEventDto>> {
    const page = await this.parts.events(caller, args.cluster, args.node, args);
    return toConnection(page, (event) => nodeEventDto(args.cluster, event));
  }
}
