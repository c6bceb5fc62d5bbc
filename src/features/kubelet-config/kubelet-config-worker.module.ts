import { Module, type OnModuleInit } from '@nestjs/common';
import { JobHandlers } from '../../platform/queue/job-handler.js';
import { KubeletConfigModule } from './kubelet-config.module.js';
import { AllChangesProcessor } from './worker/all-changes.processor.js';
import { ChangeProcessor } from './worker/change.processor.js';

@Module({ imports: [KubeletConfigModule], providers: [ChangeProcessor, AllChangesProcessor] })
export class KubeletConfigWorkerModule implements OnModuleInit {
  constructor(
    private readonly handlers: JobHandlers,
    private readonly one: ChangeProcessor,
    private readonly all: AllChangesProcessor,
  ) {}

  onModuleInit(): void {
    this.handlers.register(this.one);
    this.handlers.register(this.all);
  }
}
