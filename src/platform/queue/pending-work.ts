import { Injectable } from '@nestjs/common';
import { Gauge } from 'prom-client';
import { TypeormUnitOfWork } from '../postgres/unit-of-work.js';
import { Logger } from '../telemetry/logger.js';
import { Metrics } from '../telemetry/metrics.js';

/** What needs a worker now, by kind, as the view `pending_work` counts it; a scaler of workers can ask for the same sum. */
@Injectable()
export class PendingWork {
  constructor(
    private readonly unitOfWork: TypeormUnitOfWork,
    private readonly logger: Logger,
    metrics: Metrics,
  ) {
    const read = () => this.read();
    const warn = (error: unknown) => this.logger.warn({ err: error }, 'pending work could not be counted');
    new Gauge({
      name: 'node_steward_pending_work',
      help: 'Things that need a worker now: operations, runs, approved work, expiries, reminders, reverts, outbox rows.',
      labelNames: ['kind'],
      registers: [metrics.registry],
      async collect() {
        // No sample is honest while the database is away; a zero would let a scaler stop the last worker.
        this.reset();
        try {
          for (const { kind, count } of await read()) this.set({ kind }, count);
        } catch (error) {
          warn(error);
        }
      },
    });
  }

  async read(): Promise<{ kind: string; count: number }[]> {
    return this.unitOfWork.manager.query('SELECT kind, count::int FROM pending_work');
  }
}
