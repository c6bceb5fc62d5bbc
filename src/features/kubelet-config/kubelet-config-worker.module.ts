import { Module, type OnModuleInit } from '@nestjs/common';
import { JobHandlers } from '../../platform/queue/job-handler.js';
import { AdvanceRequests } from '../approvals/index.js';
import { KubeletConfigModule } from './kubelet-config.module.js';
import { earlierJobs } from './worker/earlier-jobs.js';

@Module({ imports: [KubeletConfigModule] })
export class KubeletConfigWorkerModule implements OnModuleInit {
  constructor(
    private readonly handlers: JobHandlers,
    private readonly requests: AdvanceRequests,
  ) {}

  onModuleInit(): void {
    for (const handler of earlierJobs(this.requests)) this.handlers.register(handler);
  }
}
