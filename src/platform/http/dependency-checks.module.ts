import { Module, type OnModuleInit } from '@nestjs/common';
import { TypeormUnitOfWork } from '../postgres/unit-of-work.js';
import { JobQueue } from '../queue/job-queue.js';
import { ReadinessChecks } from './readiness-check.js';

/** Readiness of what the API can't do without: the truth and the queue. */
@Module({})
export class DependencyChecksModule implements OnModuleInit {
  constructor(
    private readonly checks: ReadinessChecks,
    private readonly unitOfWork: TypeormUnitOfWork,
    private readonly queue: JobQueue,
  ) {}

  onModuleInit(): void {
    this.checks.register('postgres', async () => {
      await this.unitOfWork.manager.query('SELECT 1');
      return undefined;
    });
    // Not required: reads work without it, and operations wait in the outbox until it is back.
    const describeQueue = async () => {
      const { backend, waiting, active, delayed } = await this.queue.health();
      return `${backend}: ${waiting} waiting, ${active} active, ${delayed} delayed`;
    };
    this.checks.register('queue', describeQueue, { required: false });
  }
}
