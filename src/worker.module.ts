import { type DynamicModule, Module } from '@nestjs/common';
import type { AppConfig } from './config/app-config.js';
import { ConfigModule } from './config/config.module.js';
import { AccessModule } from './features/access/access.module.js';
import { ApprovalsWorkerModule } from './features/approvals/approvals-worker.module.js';
import { AuditModule } from './features/audit/audit.module.js';
import { KubeletConfigWorkerModule } from './features/kubelet-config/kubelet-config-worker.module.js';
import { MaintenanceWorkerModule } from './features/maintenance/maintenance-worker.module.js';
import { OperationsWorkerModule } from './features/operations/operations-worker.module.js';
import { WorkerProbesModule } from './platform/api/worker-probes.module.js';
import { KubernetesModule } from './platform/kubernetes/kubernetes.module.js';
import { WORKER_LIMITS } from './platform/postgres/database-limits.js';
import { PostgresModule } from './platform/postgres/postgres.module.js';
import { QueueModule } from './platform/queue/queue.module.js';
import { TelemetryModule } from './platform/telemetry/telemetry.module.js';

/** Composition root of the queue process. */
@Module({})
export class WorkerModule {
  static of(config: AppConfig): DynamicModule {
    return {
      module: WorkerModule,
      imports: [
        ConfigModule.of(config),
        TelemetryModule,
        PostgresModule.within(WORKER_LIMITS),
        QueueModule.for('worker'),
        KubernetesModule,
        WorkerProbesModule,
        AuditModule,
        AccessModule,
        ApprovalsWorkerModule,
        OperationsWorkerModule,
        MaintenanceWorkerModule,
        KubeletConfigWorkerModule,
      ],
    };
  }
}
