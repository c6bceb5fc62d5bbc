import { type DynamicModule, Global, Module } from '@nestjs/common';
import type { AppConfig } from '../../config/app-config.js';
import { APP_CONFIG } from '../../config/config.module.js';
import { BullmqBackend } from './bullmq-backend.js';
import { BullmqJobQueue } from './bullmq-job-queue.js';
import { JobHandlers } from './job-handler.js';
import { JobQueue } from './job-queue.js';
import { JobSweeper } from './job-sweeper.js';
import { JobWorker } from './job-worker.js';
import { OutboxRelay } from './outbox-relay.js';
import { PendingWork } from './pending-work.js';

const shared = [
  {
    provide: BullmqBackend,
    inject: [APP_CONFIG],
    useFactory: (config: AppConfig) => new BullmqBackend(config.queueUrl),
  },
  { provide: JobQueue, useClass: BullmqJobQueue },
  JobHandlers,
];

/** The queue. Every process relays the outbox, so that work is queued even while no worker runs; only workers take jobs. */
@Global()
@Module({})
export class QueueModule {
  static for(part: 'producer' | 'worker'): DynamicModule {
    return {
      module: QueueModule,
      providers: [...shared, OutboxRelay, PendingWork, ...(part === 'worker' ? [JobWorker, JobSweeper] : [])],
      exports: [JobQueue, JobHandlers],
    };
  }
}
