import { Injectable } from '@nestjs/common';
import { AuditTrail } from '../../../kernel/audit-trail.js';
import { quietInMs } from '../../../kernel/claim.js';
import { Clock } from '../../../kernel/clock.js';
import { monotonicNow } from '../../../kernel/monotonic.js';
import { Decisions } from '../../../platform/decisions/decisions.js';
import { QUIET_AFTER_MS, STALE_AFTER_MS } from '../../../platform/lease/lease-terms.js';
import { WORKER_NAME } from '../../../platform/lease/worker-name.js';
import { Outbox } from '../../../platform/postgres/outbox.js';
import { UnitOfWork } from '../../../platform/postgres/unit-of-work.js';
import type { WriterStores } from './change-writer.service.js';
import { operationJob } from './operation-job.js';
import { type LockedOperation, OperationRepository } from './operation-repository.port.js';
import type { OperationClaim } from './operation-session.service.js';
import { transition } from './operation-transition.js';

/** Takes operations for this process, and gives them back. */
@Injectable()
export class OperationClaims implements WriterStores {
  constructor(
    readonly operations: OperationRepository,
    readonly audit: AuditTrail,
    readonly decisions: Decisions,
    readonly clock: Clock,
    private readonly unitOfWork: UnitOfWork,
    private readonly outbox: Outbox,
  ) {}

  /** @returns null when another worker holds it, or it has ended */
  async claim(id: string): Promise<OperationClaim | null> {
    const claimedAt = monotonicNow();
    const claimed = await this.decisions.decide(this.operations, id, (locked: LockedOperation) => {
      const event = { type: 'CLAIM', by: WORKER_NAME, staleAfterMilliseconds: STALE_AFTER_MS } as const;
      const decided = transition(locked.operation, event, locked.databaseNow);
      if ('rejection' in decided) return null;
      return { ...decided, quietInMs: quietInMs(locked.operation, locked.databaseNow, QUIET_AFTER_MS) };
    });
    return claimed && { operation: claimed.next, claimedAt, quietInMs: claimed.quietInMs };
  }

  /** Another worker goes on at once, instead of after this one's silence. */
  handOver(id: string, epoch: number, quiet: boolean): Promise<void> {
    return this.unitOfWork.run(async () => {
      await this.operations.release(id, epoch, quiet);
      await this.outbox.add([operationJob(id, epoch)]);
    });
  }
}
