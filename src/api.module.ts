import { type DynamicModule, Module } from '@nestjs/common';
import type { AppConfig } from './config/app-config.js';
import { ConfigModule } from './config/config.module.js';
import { AccessModule } from './features/access/access.module.js';
import { AccessApiModule } from './features/access/access-api.module.js';
import { ApprovalsApiModule } from './features/approvals/approvals-api.module.js';
import { AuditModule } from './features/audit/audit.module.js';
import { AuditApiModule } from './features/audit/audit-api.module.js';
import { ClustersApiModule } from './features/clusters/clusters-api.module.js';
import { KubeletConfigApiModule } from './features/kubelet-config/kubelet-config-api.module.js';
import { PostureApiModule } from './features/kubelet-config/posture-api.module.js';
import { MaintenanceApiModule } from './features/maintenance/maintenance-api.module.js';
import { NodesApiModule } from './features/nodes/nodes-api.module.js';
import { OperationsApiModule } from './features/operations/operations-api.module.js';
import { ApiPlatformModule } from './platform/api/api-platform.module.js';
import { DependencyChecksModule } from './platform/api/dependency-checks.module.js';
import { GraphqlPlatformModule } from './platform/graphql/graphql-platform.module.js';
import { KubernetesModule } from './platform/kubernetes/kubernetes.module.js';
import { API_LIMITS } from './platform/postgres/database-limits.js';
import { PostgresModule } from './platform/postgres/postgres.module.js';
import { QueueModule } from './platform/queue/queue.module.js';
import { RestPlatformModule } from './platform/rest/rest-platform.module.js';
import { TelemetryModule } from './platform/telemetry/telemetry.module.js';

/** Composition root of the HTTP process. */
@Module({})
export class ApiModule {
  static of(config: AppConfig): DynamicModule {
    return {
      module: ApiModule,
      imports: [
        ConfigModule.of(config),
        TelemetryModule,
        PostgresModule.within(API_LIMITS),
        QueueModule.for('producer'),
        KubernetesModule,
        AuditModule,
        AccessModule,
        AuditApiModule,
        AccessApiModule,
        ClustersApiModule,
        NodesApiModule,
        PostureApiModule,
        ApprovalsApiModule,
        KubeletConfigApiModule,
        OperationsApiModule,
        MaintenanceApiModule,
        ApiPlatformModule,
        RestPlatformModule,
        DependencyChecksModule,
        GraphqlPlatformModule,
      ],
    };
  }
}
