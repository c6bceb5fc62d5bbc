import { Global, Module } from '@nestjs/common';
import { DependencyChecksModule } from './dependency-checks.module.js';
import { ReadinessChecks } from './readiness-check.js';
import { WorkerProbes } from './worker-probes.js';

/** Probes and metrics of a process that has no API. */
@Global()
@Module({
  imports: [DependencyChecksModule],
  providers: [ReadinessChecks, WorkerProbes],
  exports: [ReadinessChecks],
})
export class WorkerProbesModule {}
