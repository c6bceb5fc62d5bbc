import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { Injectable } from '@nestjs/common';
import { Clock } from '../../../../kernel/clock.js';
import { Logger } from '../../../../platform/telemetry/logger.js';
import { isRunOver } from '../../domain/maintenance/maintenance-run.js';
import { STALE_AFTER_MS } from '../engine/operation-session.js';
import { MaintenanceGateway } from '../ports/maintenance-gateway.port.js';
import type { MaintenanceRunRecord } from './maintenance-run-record.js';
import { MaintenanceStores } from './maintenance-stores.service.js';
import { RunLoop } from './run-loop.js';
import { RunLoopParts } from './run-loop-parts.service.js';
import { maintenanceJob } from './start-maintenance-run.service.js';

const HEARTBEAT_MS = 1_000;
const SILENT_LIMIT_MS = 3_500;
const CLUSTER_AWAY_MS = 2_000;

/** Claims a maintenance run and carries it on until it has ended, is lost to another worker, or the process stops. */
@Injectable()
export class RunMaintenance {
  private readonly worker = `${hostname()}/${process.pid}/${randomUUID().slice(0, 8)}`;

  constructor(
    private readonly stores: MaintenanceStores,
    private readonly gateway: MaintenanceGateway,
    private readonly parts: RunLoopParts,
    private readonly clock: Clock,
    private readonly logger: Logger,
  ) {}

  async run(id: string, stop: AbortSignal): Promise<void> {
    const claimed = await this.claim(id);
    if (!claimed) return;
    const lost = new AbortController();
    const signal = AbortSignal.any([stop, lost.signal]);
    const endHeartbeat = this.heartbeat(claimed, lost);
    try {
      await this.carry(claimed, signal);
    } catch (error) {
      if (!signal.aborted) throw error;
    } finally {
      endHeartbeat();
      if (stop.aborted && !lost.signal.aborted) await this.handOver(claimed);
    }
  }

  private async carry(claimed: MaintenanceRunRecord, signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      const loop = new RunLoop(claimed, this.parts, this.clock, signal);
      try {
        const fleet = await this.gateway.watchNodes(claimed.cluster, () => loop.wake(), signal);
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

  private claim(id: string): Promise<MaintenanceRunRecord | null> {
    return this.stores.unitOfWork.run(async () => {
      const locked = await this.stores.runs.lock(id);
      if (!locked || isRunOver(locked.record.run.state)) return null;
      if (locked.record.run.state === 'AWAITING_APPROVAL') return null;
      const { record, databaseNow } = locked;
      const silent =
        record.heartbeatAt === null || databaseNow.getTime() - record.heartbeatAt.getTime() >= STALE_AFTER_MS;
      if (record.claimedBy !== null && !silent) return null;
      const next = { ...record, epoch: record.epoch + 1, claimedBy: this.worker, heartbeatAt: databaseNow };
      await this.stores.runs.save(record, next, []);
      return next;
    });
  }

  private heartbeat({ id, epoch }: MaintenanceRunRecord, lost: AbortController): () => void {
    let beatAt = Date.now();
    const beat = async () => {
      const asked = Date.now();
      try {
        if (!(await this.stores.runs.heartbeat(id, epoch))) lost.abort();
        beatAt = asked;
      } catch {
        if (asked - beatAt > SILENT_LIMIT_MS) lost.abort();
      }
    };
    const timer = setInterval(() => void beat(), HEARTBEAT_MS);
    return () => clearInterval(timer);
  }

  private handOver({ id, epoch }: MaintenanceRunRecord): Promise<void> {
    return this.stores.unitOfWork.run(async () => {
      await this.stores.runs.release(id, epoch);
      await this.stores.outbox.add([maintenanceJob(id, epoch)]);
    });
  }
}
