import { Module, type OnModuleInit } from '@nestjs/common';
import { JobHandlers } from '../../platform/queue/job-handler.js';
import { ApprovalsModule } from './approvals.module.js';
import { AllApprovalRequestsProcessor } from './worker/all-approval-requests.processor.js';
import { ApprovalRequestProcessor } from './worker/approval-request.processor.js';

@Module({ imports: [ApprovalsModule], providers: [ApprovalRequestProcessor, AllApprovalRequestsProcessor] })
export class ApprovalsWorkerModule implements OnModuleInit {
  constructor(
    private readonly handlers: JobHandlers,
    private readonly one: ApprovalRequestProcessor,
    private readonly all: AllApprovalRequestsProcessor,
  ) {}

  onModuleInit(): void {
    this.handlers.register(this.one);
    this.handlers.register(this.all);
  }
}
