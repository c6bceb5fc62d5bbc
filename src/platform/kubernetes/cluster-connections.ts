import { Inject, Injectable, type OnApplicationShutdown } from '@nestjs/common';
import type { AppConfig } from '../../config/app-config.js';
import { APP_CONFIG } from '../../config/config.module.js';
import { clusterNotFound } from '../../kernel/absent-resource.js';
import { ClusterApi } from './cluster-api.js';
import { ClusterConnection } from './cluster-connection.js';
import { ClusterCredentials } from './cluster-credentials.js';
import { clusterSources } from './cluster-source.js';
import { USER_AGENT } from './user-agent.js';

/** The clusters that the service is connected to, by name. Making it opens no connection. */
@Injectable()
export class ClusterConnections implements OnApplicationShutdown {
  private readonly clusters = new Map<string, { credentials: ClusterCredentials; api: ClusterApi }>();

  constructor(@Inject(APP_CONFIG) config: AppConfig) {
    for (const source of clusterSources(config.kubernetes)) {
      const credentials = new ClusterCredentials(source);
      const { requestTimeoutMs } = config.kubernetes;
      const connection = new ClusterConnection(source.name, credentials, USER_AGENT, requestTimeoutMs);
      this.clusters.set(source.name, { credentials, api: new ClusterApi(connection) });
    }
  }

  names(): string[] {
    return [...this.clusters.keys()];
  }

  /** @throws DomainError CLUSTER_NOT_FOUND */
  get(name: string): ClusterConnection {
    return this.api(name).connection;
  }

  /** The typed calls on a cluster. @throws DomainError CLUSTER_NOT_FOUND */
  api(name: string): ClusterApi {
    const cluster = this.clusters.get(name);
    if (!cluster) throw clusterNotFound(name);
    return cluster.api;
  }

  /** Address and credentials of a cluster, for what is not spoken with its API server. @throws DomainError CLUSTER_NOT_FOUND */
  credentials(name: string): ClusterCredentials {
    this.api(name);
    return this.clusters.get(name)?.credentials as ClusterCredentials;
  }

  async onApplicationShutdown(): Promise<void> {
    await Promise.all([...this.clusters.values()].map(({ credentials }) => credentials.close()));
  }
}
