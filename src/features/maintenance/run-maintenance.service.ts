import { setTimeout as sleep } from 'node:timers/promises';
import { Injectable } from '@nestjs/common';
import { isHeld, takenBy } from '../../kernel/claim.js';
import { Clock } from '../../kernel/clock.js';
import { monotonicNow } from '../../kernel/monotonic.js';
import { PermitLost } from '../../kernel/permit.js';
import { Lease } from '../../platform/lease/lease.js';
import { STALE_AFTER_MS } from '../../platform/lease/lease-terms.js';
import { WORKER_NAME } from '../../platform/lease/worker-name.js';
import { Outbox } from '../../platform/postgres/outbox.js';
import { UnitOfWork } from '../../platform/postgres/unit-of-work.js';
import { Logger } from '../../platform/telemetry/logger.js';
import { MaintenanceGateway } from './maintenance-gateway.port.js';
import { isRunOver } from './maintenance-run.js';
import type { MaintenanceRunRecord } from './maintenance-run-record.js';
import type { LockedRun } from './maintenance-run-repository.port.js';
import { RunLoop } from './run-loop.service.js';
import { RunLoopParts } from './run-loop-parts.service.js';
import { maintenanceJob } from './start-maintenance-run.service.js';

const CLUSTER_AWAY_MS = 2_000;

/** Claims a maintenance run and takes it on until it has ended, is lost to another worker, or the process stops. */
@Injectable()
export class RunMaintenance {
  constructor(
    private readonly parts: RunLoopParts,
    private readonly gateway: MaintenanceGateway,
    private readonly unitOfWork: UnitOfWork,
    private readonly outbox: Outbox,
    private readonly clock: Clock,
    private readonly logger: Logger,
  ) {}

  async run(id: string, stop: AbortSignal): Promise<void> {
    const claimedAt = monotonicNow();
    const record = await this.claim(id);
    if (!record) return;
    const lost = new AbortController();
    const lease = new Lease({
      claimedAt,
      // What a run does are writes that its epoch is checked with: of an earlier holder none can arrive any more.
      quietInMs: 0,
      renew: () => this.parts.runs.heartbeat(id, record.epoch),
      isOver: isRunOver,
      onLost: () => lost.abort(new PermitLost()),
    });
    const signal = AbortSignal.any([stop, lost.signal]);
    try {
      await this.follow(record, () => lease.held, signal);
    } catch (error) {
      if (!signal.aborted) throw error;
    } finally {
      const { held } = lease;
      lease.end();
      if (stop.aborted && held) await this.handOver(record);
    }
  }

  private async follow(claimed: MaintenanceRunRecord, held: () => boolean, signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      const loop = new RunLoop(claimed, this.parts, this.clock, held, signal);
      try {
        const fleet = await this.gateway.watchFleet(claimed.cluster, () => loop.wake(), signal);
        try {
          return await loop.run(fleet);
        } finally {
          await fleet.stop();
        }
      } catch (error) {
        if (signal.aborted) return;
        // The database, the cluster or a mistake: the run must go on, and it begins from what is stored.
        this.logger.warn({ err: error, runId: claimed.id }, 'a maintenance run meets an error and tries again');
        await sleep(CLUSTER_AWAY_MS, undefined, { signal }).catch(() => undefined);
      }
    }
  }

  private async claim(id: string): Promise<MaintenanceRunRecord | null> {
    const { runs, decisions } = this.parts;
    const claimed = await decisions.decide(runs, id, ({ record, databaseNow }: LockedRun) => {
      const { state } = record.run;
      if (isRunOver(state) || state === 'AWAITING_APPROVAL') return null;
      if (isHeld(record, databaseNow, STALE_AFTER_MS)) return null;
      return { next: { ...record, ...takenBy(WORKER_NAME, record, databaseNow) } };
    });
    return claimed?.next ?? null;
  }

  private handOver({ id, epoch }: MaintenanceRunRecord): Promise<void> {
    return this.unitOfWork.run(async () => {
      await this.parts.runs.release(id, epoch, true);
      await this.outbox.add([maintenanceJob(id, epoch)]);
    });
  }
}
