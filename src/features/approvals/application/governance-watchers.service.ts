import { Injectable } from '@nestjs/common';
import { Outbox } from '../../../platform/postgres/outbox.js';

/** Jobs that look at everything which waits for an approval; those who own such things register theirs at start. */
@Injectable()
export class GovernanceWatchers {
  private readonly jobs = new Set<string>();

  constructor(private readonly outbox: Outbox) {}

  register(job: string): void {
    this.jobs.add(job);
  }

  /** Another policy or other freeze windows are in force; joins the transaction that made them so. */
  wake(what: string): Promise<void> {
    return this.outbox.add([...this.jobs].map((job) => ({ job, jobId: `${job}-${what}`, payload: {} })));
  }
}
