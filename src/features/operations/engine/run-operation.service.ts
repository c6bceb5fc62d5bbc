import { setTimeout as sleep } from 'node:timers/promises';
import { Injectable } from '@nestjs/common';
import { DomainError } from '../../../kernel/domain-error.js';
import { PermitLost } from '../../../kernel/permit.js';
import { Outbox } from '../../../platform/postgres/outbox.js';
import { subjectEndedJob } from '../../approvals/index.js';
import { NodeSide } from './node-side.service.js';
import type { OperationFailure } from './operation.js';
import { OperationClaims } from './operation-claims.service.js';
import { OperationFailed } from './operation-failed.js';
import { OperationFeed } from './operation-feed.service.js';
import { OperationInterrupted } from './operation-interrupted.js';
import type { OperationRecord } from './operation-record.js';
import { OperationRunners } from './operation-runner.service.js';
import { OperationSession } from './operation-session.service.js';

const RESTORE_ATTEMPTS = 10;
const RESTORE_PAUSE_MS = 1_000;
/** The database may be a moment behind what this process takes for its time. */
const DEADLINE_PAUSE_MS = 100;

/** Claims an operation and takes it to its end, whatever state an earlier holder left it in. */
@Injectable()
export class RunOperation {
  constructor(
    private readonly claims: OperationClaims,
    private readonly feed: OperationFeed,
    private readonly runners: OperationRunners,
    private readonly node: NodeSide,
    private readonly outbox: Outbox,
  ) {}

  /** Returns at once when another worker holds the operation or it has ended. */
  async run(id: string, stop: AbortSignal): Promise<void> {
    const claimed = await this.claims.claim(id);
    if (!claimed) return;
    const session = new OperationSession(claimed, this.claims, this.feed, stop);
    try {
      await session.open();
      await this.finish(session);
    } catch (error) {
      const why = error instanceof PermitLost ? 'LOST' : error instanceof OperationInterrupted && error.interruption;
      if (!why) throw error;
      const { epoch } = claimed.operation;
      const { quiet } = session;
      session.close();
      if (why === 'SHUTDOWN') await this.claims.handOver(id, epoch, quiet);
      this.node.logger.info({ operationId: id, epoch, why }, 'operation let go');
    } finally {
      session.close();
    }
  }

  private async finish(session: OperationSession): Promise<void> {
    const endRenewal = this.node.lock.begin(session);
    try {
      const ending = session.operation.ending !== null || (await this.work(session));
      if (ending) await this.restore(session);
    } finally {
      endRenewal();
    }
    await this.node.lock.end(session);
    await this.wakeApproval(session.operation);
  }

  /** Its approval learns of the end at once; if this is lost, by the regular look at all of them. */
  private async wakeApproval({ approvalId }: OperationRecord): Promise<void> {
    if (approvalId === null) return;
    await this.outbox.add([subjectEndedJob(approvalId)]);
  }

  /** Returns true if the own cordon is still to be taken back. */
  private async work(session: OperationSession): Promise<boolean> {
    const runner = this.runners.get(session.operation.type);
    const end = await this.attempt(session, () => runner.run(session));
    await session.settle();
    if (end.type !== 'SUCCEED') await this.node.scheduling.recognizeOwn(session);
    const closing = end.type === 'SUCCEED' ? {} : await runner.abandon(session);
    let result = await session.commit({ ...closing, decide: end });
    while (result.rejection === 'NO_DEADLINE') {
      await sleep(DEADLINE_PAUSE_MS);
      result = await session.commit({ ...closing, decide: end });
    }
    // The caller was quicker: a cancel that came with the last step is still a cancel.
    if (result.rejection === 'ALREADY_CANCELLING') {
      result = await session.commit({ ...(await runner.abandon(session)), decide: { type: 'STOPPED' } });
    }
    if (result.rejection) throw new Error(`the end ${end.type} was refused: ${result.rejection}`);
    return result.effects.some((effect) => effect.kind === 'RESTORE_SCHEDULING');
  }

  private async attempt(session: OperationSession, work: () => Promise<void>) {
    try {
      if (!session.signal.aborted) {
        await work();
        return { type: 'SUCCEED' } as const;
      }
    } catch (error) {
      if (session.interruption === null) {
        const undoCordon = error instanceof OperationFailed && error.undoCordon;
        return { type: 'FAIL', failure: this.failureOf(error, session), undoCordon } as const;
      }
    }
    if (session.interruption === 'CANCEL') return { type: 'STOPPED' } as const;
    if (session.interruption === 'DEADLINE') return { type: 'DEADLINE' } as const;
    throw new OperationInterrupted(session.interruption ?? 'LOST');
  }

  private failureOf(error: unknown, { operation }: OperationSession): OperationFailure {
    if (error instanceof OperationFailed || error instanceof DomainError) {
      return { code: error.code, message: error.message };
    }
    this.node.logger.error({ err: error, operationId: operation.id }, 'operation failed by a mistake of the service');
    return { code: 'INTERNAL', message: 'The service made a mistake; its log says more.' };
  }

  private async restore(session: OperationSession): Promise<void> {
    await session.settle();
    const failure = await this.restored(session);
    await session.commit({ decide: { type: 'RESTORED', ...(failure ? { failure } : {}) } });
  }

  private async restored(session: OperationSession): Promise<OperationFailure | null> {
    for (let attempt = 1; ; attempt++) {
      try {
        await this.node.scheduling.restore(session);
        // A patch that was not answered may arrive after a later one.
        await session.settle();
        return null;
      } catch (error) {
        if (error instanceof PermitLost || error instanceof OperationInterrupted) throw error;
        if (error instanceof DomainError && error.code === 'NODE_NOT_FOUND') return null;
        if (session.interruption === 'LOST') throw new OperationInterrupted('LOST');
        // Another worker may still be able to.
        if (session.isStopping) throw new OperationInterrupted('SHUTDOWN');
        if (attempt < RESTORE_ATTEMPTS && !(error instanceof OperationFailed)) {
          await sleep(RESTORE_PAUSE_MS);
          continue;
        }
        const message = error instanceof Error ? error.message : String(error);
        return { code: 'RESTORE_FAILED', message: `the node is still cordoned: ${message}` };
      }
    }
  }
}
