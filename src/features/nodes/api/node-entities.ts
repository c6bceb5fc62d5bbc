import { Injectable, type OnModuleInit } from '@nestjs/common';
import type { Caller } from '../../../kernel/actor.js';
import { namesInEntityId } from '../../../kernel/entity-id.js';
import { EntitySources } from '../../../platform/graphql/entity-sources.js';
import { DescribeNodeService } from '../application/describe-node.service.js';
import { ReadNodePartsService } from '../application/read-node-parts.service.js';
import { describedNode, nodePodDto } from './node.mapper.js';

/** Finds nodes and pods by their ids. One that has been replaced under its name is not the one that is asked for. */
@Injectable()
export class NodeEntities implements OnModuleInit {
  constructor(
    private readonly sources: EntitySources,
    private readonly description: DescribeNodeService,
    private readonly parts: ReadNodePartsService,
  ) {}

  onModuleInit(): void {
    this.sources.register('Node', (caller, id) => this.node(caller, id));
    this.sources.register('NodePod', (caller, id) => this.pod(caller, id));
  }

  private async node(caller: Caller, id: string): Promise<object | undefined> {
    const [cluster, name, uid, ...more] = namesInEntityId('Node', id) ?? [];
    if (cluster === undefined || name === undefined || uid === undefined || more.length > 0) return undefined;
    const described = await this.description.describe(caller, cluster, name);
    return described.row.uid === uid ? describedNode(described) : undefined;
  }

  private async pod(caller: Caller, id: string): Promise<object | undefined> {
    const [cluster, node, namespace, name, uid, ...more] = namesInEntityId('Pod', id) ?? [];
    if (cluster === undefined || node === undefined || uid === undefined || more.length > 0) return undefined;
    const pod = await this.parts.pod(caller, cluster, node, uid);
    return pod && pod.row.namespace === namespace && pod.row.name === name ? nodePodDto(cluster, pod) : undefined;
  }
}
