import { entityId } from '../../../../kernel/entity-id.js';
import { defineEnum } from '../../../../platform/api/define-enum.js';
import { Field } from '../../../../platform/api/field.decorator.js';
import { OutputType } from '../../../../platform/api/shape.decorator.js';
import type { ClusterView } from '../../application/read-clusters.service.js';

const CacheState = defineEnum(
  'CacheState',
  {
    WARMING: 'Reads are answered by live calls.',
    LIVE: 'In step with the cluster.',
    STALE: 'The cluster is out of reach.',
  },
  'How the cache of a cluster stands to it.',
);

@OutputType('ClusterNodeCounts', 'How many nodes a cluster has.')
export class ClusterNodeCountsDto {
  @Field({ type: 'int', description: 'All nodes.', example: 12 }) total!: number;
  @Field({ type: 'int', description: 'Nodes whose Ready condition is True.', example: 12 }) ready!: number;
  @Field({ type: 'int', description: 'Cordoned nodes.', example: 0 }) unschedulable!: number;
}

@OutputType('ClusterCache', 'The copy of a cluster from which lists are answered.')
export class ClusterCacheDto {
  @Field({ enum: CacheState, description: 'Whether it can be read.' }) state!: 'WARMING' | 'LIVE' | 'STALE';
  @Field({ type: 'int', description: 'Nodes in it.' }) nodeCount!: number;
  @Field({ type: 'int', description: 'Pods in it.' }) podCount!: number;
  @Field({ type: 'dateTime', nullable: true, description: 'When it was last known to equal the cluster.' })
  observedAt!: Date | null;
  @Field({ type: 'int', nullable: true, description: 'Seconds since observedAt; null while warming.' })
  staleSeconds!: number | null;
}

@OutputType('ClusterError', 'Why the last check of a cluster failed.')
export class ClusterErrorDto {
  @Field({ description: 'Error code, as in problems.', example: 'CLUSTER_UNAVAILABLE' }) code!: string;
  @Field({ description: 'The cause, for people.' }) message!: string;
}

@OutputType('Cluster', 'A Kubernetes API server that the service is connected to.', { entity: true })
export class ClusterDto {
  @Field({ type: 'id', description: 'Stays the same; take it as it is.', example: 'Cluster/demo' }) id!: string;
  @Field({ description: 'Its name: the kubeconfig context.', example: 'demo' }) name!: string;
  @Field({ description: 'Whether it answered the last check.' }) reachable!: boolean;
  @Field({ type: 'string', nullable: true, description: 'Kubernetes version.', example: 'v1.35.4' })
  version!: string | null;
  @Field({ type: 'number', nullable: true, description: 'How long the last check took.' }) latencyMs!: number | null;
  @Field({ type: 'dateTime', nullable: true, description: 'When it was last checked.' }) checkedAt!: Date | null;
  @Field({ type: 'dateTime', nullable: true, description: 'When it last answered.' }) lastReachableAt!: Date | null;
  @Field({ type: () => ClusterErrorDto, nullable: true, description: 'Why the last check failed.' })
  lastError!: ClusterErrorDto | null;
  @Field({
    type: () => ClusterNodeCountsDto,
    nullable: true,
    graphqlName: 'nodeCounts',
    description: 'Node counts; null until they are known.',
  })
  nodes!: ClusterNodeCountsDto | null;
  @Field({ type: () => ClusterCacheDto, description: 'State of the cache.' }) cache!: ClusterCacheDto;
}

@OutputType('ClusterList')
export class ClusterListDto {
  @Field({ type: () => ClusterDto, list: true, description: 'The clusters, by name.' }) items!: ClusterDto[];
}

export const clusterDto = (view: ClusterView): ClusterDto => ({ id: entityId('Cluster', view.name), ...view });
