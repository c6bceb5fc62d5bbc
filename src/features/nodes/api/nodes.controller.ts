import { Controller, Get, Param, Query } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { Caller } from '../../../kernel/actor.js';
import { ageOf } from '../../../kernel/age.js';
import { CurrentCaller } from '../../../platform/api/current-caller.decorator.js';
import { type ListOf, PageQuery, toList } from '../../../platform/api/page.dto.js';
import { ListForms } from '../../../platform/rest/listed.decorator.js';
import { DescribeNodeService } from '../application/describe-node.service.js';
import { ListActiveOperationsService } from '../application/list-active-operations.service.js';
import { ListNodesService } from '../application/list-nodes.service.js';
import { ReadNodeMetricsService } from '../application/read-node-metrics.service.js';
import { ReadNodePartsService } from '../application/read-node-parts.service.js';
import { NodeDto } from './dto/node.dto.js';
import { NodeDetailDto, NodePages } from './dto/node-detail.dto.js';
import { type NodeEventDto, NodeEventPages, type NodePodDto, NodePodPages } from './dto/node-pod.dto.js';
import { NodesQuery } from './dto/node-query.dto.js';
import { activeOperationOf, nodeDetailDto, nodeEventDto, nodePodDto, nodeWithOperationDto } from './node.mapper.js';

@ApiTags('Nodes')
@Controller('clusters/:cluster/nodes')
export class NodesController {
  constructor(
    private readonly nodes: ListNodesService,
    private readonly description: DescribeNodeService,
    private readonly parts: ReadNodePartsService,
    private readonly operations: ListActiveOperationsService,
    private readonly metrics: ReadNodeMetricsService,
  ) {}

  @Get()
  @ApiOperation({ operationId: 'listNodes', summary: 'Nodes that the caller may see' })
  @ListForms(NodeDto, [
    ['NAME', ({ name }) => name],
    ['STATUS', ({ status }) => status],
    ['ROLES', ({ roles }) => roles.join(',')],
    ['AGE', ({ createdAt }, now) => ageOf(createdAt, now)],
    ['VERSION', ({ kubeletVersion }) => kubeletVersion],
  ])
  @ApiOkResponse({ type: NodePages.List })
  async list(
    @CurrentCaller() caller: Caller,
    @Param('cluster') cluster: string,
    @Query() { usage, ...query }: NodesQuery,
  ): Promise<ListOf<NodeDto>> {
    const page = await this.nodes.list(caller, { ...query, cluster });
    const measured = usage ? await this.metrics.of(cluster) : () => null;
    const uids = page.items.map(({ row }) => row.uid);
    const operations = await this.operations.onNodes(cluster, uids);
    return toList(page, (view) => nodeWithOperationDto(view, operations, measured(view.row.name)));
  }

  @Get(':node')
  @ApiOperation({ operationId: 'getNode', summary: 'Everything that kubectl describe node says, read live' })
  @ApiOkResponse({ type: NodeDetailDto })
  async get(
    @CurrentCaller() caller: Caller,
    @Param('cluster') cluster: string,
    @Param('node') node: string,
  ): Promise<NodeDetailDto> {
    const described = await this.description.describe(caller, cluster, node);
    const { uid } = described.row;
    const [operations, measured] = await Promise.all([
      this.operations.onNodes(cluster, [uid]),
      this.metrics.of(cluster),
    ]);
    return {
      ...nodeDetailDto(described),
      usage: measured(node),
      ...activeOperationOf(operations, uid, described.warnings),
    };
  }

  @Get(':node/pods')
  @ApiOperation({ operationId: 'listNodePods', summary: 'Pods of a node, finished ones too' })
  @ApiOkResponse({ type: NodePodPages.List })
  async pods(
    @CurrentCaller() caller: Caller,
    @Param('cluster') cluster: string,
    @Param('node') node: string,
    @Query() query: PageQuery,
  ): Promise<ListOf<NodePodDto>> {
    return toList(await this.parts.pods(caller, cluster, node, query), (pod) => nodePodDto(cluster, pod));
  }

  @Get(':node/events')
  @ApiOperation({ operationId: 'listNodeEvents', summary: 'Kubernetes events about a node, newest first' })
  @ApiOkResponse({ type: NodeEventPages.List })
  async events(
    @CurrentCaller() caller: Caller,
    @Param('cluster') cluster: string,
    @Param('node') node: string,
    @Query() query: PageQuery,
  ): Promise<ListOf<NodeEventDto>> {
    return toList(await this.parts.events(caller, cluster, node, query), (event) => nodeEventDto(cluster, event));
  }
}
