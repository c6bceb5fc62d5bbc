import { Module, type OnModuleInit } from '@nestjs/common';
import { DatabaseClock } from '../postgres/database-clock.js';
import { DatabaseWriteCheck } from '../postgres/database-write-check.js';
import { TypeormUnitOfWork } from '../postgres/unit-of-work.js';
import { JobQueue } from '../queue/job-queue.js';
import { ReadinessChecks } from './readiness-check.js';

/** Readiness of what the API can't do without: the truth and the queue. */
@Module({})
export class DependencyChecksModule implements OnModuleInit {
  constructor(
    private readonly checks: ReadinessChecks,
    private readonly unitOfWork: TypeormUnitOfWork,
    private readonly writes: DatabaseWriteCheck,
    private readonly queue: JobQueue,
    private readonly clock: DatabaseClock,
  ) {}

  onModuleInit(): void {
    this.checks.register('postgres', async () => {
      await this.unitOfWork.manager.query('SELECT 1');
      await this.writes.run();
      return undefined;
    });
    // Not required: decisions and records use the database's time.
    const compareClocks = async () => {
      const { skewText } = this.clock;
      if (skewText) throw new Error(skewText);
      return `within ${Math.abs(this.clock.skewMs)} ms of the database's`;
    };
    this.checks.register('clock', compareClocks, { required: false });
    // Not required: reads work without it, and operations wait in the outbox until it is back.
    const describeQueue = async () => {
      const { backend, waiting, active, delayed } = await this.queue.health();
      return `${backend}: ${waiting} waiting, ${active} active, ${delayed} delayed`;
    };
    this.checks.register('queue', describeQueue, { required: false });
  }
}
