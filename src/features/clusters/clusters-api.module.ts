import { Module, type OnModuleInit } from '@nestjs/common';
import { ReadinessChecks } from '../../platform/api/readiness-check.js';
import { ClusterConnections } from '../../platform/kubernetes/cluster-connections.js';
import { ServiceNamespace } from '../../platform/kubernetes/service-namespace.js';
import { ClusterEntities } from './api/cluster-entities.js';
import { ClustersController } from './api/clusters.controller.js';
import { ClustersResolver } from './api/clusters.resolver.js';
import { ClusterHealth } from './application/cluster-health.js';
import { ReadClustersService } from './application/read-clusters.service.js';
import { ClustersModule } from './clusters.module.js';

@Module({
  imports: [ClustersModule],
  controllers: [ClustersController],
  providers: [ReadClustersService, ClustersResolver, ClusterEntities],
})
export class ClustersApiModule implements OnModuleInit {
  constructor(
    private readonly checks: ReadinessChecks,
    private readonly connections: ClusterConnections,
    private readonly health: ClusterHealth,
    private readonly namespace: ServiceNamespace,
  ) {}

  /** Checks of each cluster, none of them required: what reaches the other clusters must not be taken out of service. */
  onModuleInit(): void {
    for (const cluster of this.connections.names()) {
      this.checks.register(`cluster:${cluster}`, () => this.describe(cluster), { required: false });
    }
    this.namespace.registerChecks(this.checks);
  }

  private async describe(cluster: string): Promise<string | undefined> {
    const { reachable, version, lastError } = await this.health.of(cluster);
    if (!reachable) throw new Error(lastError?.message ?? 'not reachable');
    return version ?? undefined;
  }
}
