import { setTimeout as sleep } from 'node:timers/promises';
import { Injectable } from '@nestjs/common';
import { Clock } from '../../../kernel/clock.js';
import { DomainError } from '../../../kernel/domain-error.js';
import { NodeScheduling } from '../cordon/node-scheduling.service.js';
import { OperationFailed } from '../engine/operation-failed.js';
import type { OperationRunner } from '../engine/operation-runner.service.js';
import type { OperationSession } from '../engine/operation-session.service.js';
import type { SessionChange } from '../engine/session-change.js';
import { KubeletGateway } from './kubelet-gateway.port.js';
import { RevertBook, revertEvent, revertFacts } from './revert-book.service.js';
import { USUAL_VERBOSITY, type VerbosityOptions } from './verbosity-options.js';
import type { VerbosityRevert } from './verbosity-reverts.port.js';

const ATTEMPTS = 3;
const PAUSE_MS = 1_000;
const LOOK_MS = 200;
/** Answers that may have been lost after the kubelet took the level. */
const UNSURE = new Set(['TIMEOUT', 'CONNECTION_LOST', 'SERVER_ERROR', 'UNEXPECTED_ANSWER']);

/** Sets a kubelet's log level. The revert is stored before, so that no crash can leave the level without one. */
@Injectable()
export class SetVerbosityRunner implements OperationRunner {
  readonly type = 'SET_VERBOSITY';

  constructor(
    private readonly kubelets: KubeletGateway,
    private readonly book: RevertBook,
    private readonly scheduling: NodeScheduling,
    private readonly clock: Clock,
  ) {}

  async run(session: OperationSession): Promise<void> {
    const { operation, signal } = session;
    const options = operation.options as unknown as VerbosityOptions;
    session.startStep('SET');
    await this.scheduling.read(operation, signal);
    const known = await this.book.reverts.find(operation.id);
    if (known && (known.state !== 'PENDING' || known.dueAt <= this.clock.now())) {
      throw new OperationFailed('REVERT_DUE', 'The time to set the level back came before it was confirmed.');
    }
    const revert = known ?? (await this.schedule(session, options));
    await this.whenAlone(session);
    await this.set(session, options.level, revert);
    const { level } = options;
    const setAt = this.clock.now().toISOString();
    await session.commit({
      findings: (current) => ({ result: { ...current.result, verbosity: { level, setAt } } }),
      also: () => this.book.replaceOthers(operation),
    });
    session.endStep('SET', 'SUCCEEDED', `verbosity ${level}; back to ${revert.to} at ${revert.dueAt.toISOString()}`);
  }

  /** The level may be set although the operation ends otherwise: it is set back at once. */
  async abandon(session: OperationSession): Promise<SessionChange> {
    const { id } = session.operation;
    const known = await this.book.reverts.find(id);
    if (known?.state !== 'PENDING') return {};
    let soon: VerbosityRevert | null = null;
    return {
      also: async () => {
        soon = await this.book.makeDue(id);
      },
      findings: ({ result, warnings }) =>
        soon
          ? { result: { ...result, ...revertFacts(soon, 'the operation was not completed') } }
          : { warnings: [...warnings, 'The revert was under way already.'] },
      events: () => (soon ? [revertEvent(soon, 'the level is set back at once')] : []),
    };
  }

  private async schedule(session: OperationSession, options: VerbosityOptions): Promise<VerbosityRevert> {
    const { operation, signal } = session;
    const { id, cluster, nodeName, nodeUid } = operation;
    const [pending] = await this.book.reverts.pendingOn(cluster, nodeUid);
    const [configured, kubeletStartedAt] = await Promise.all([
      options.revertTo ?? pending?.to ?? this.kubelets.configuredVerbosity(cluster, nodeName, signal),
      this.kubelets.startedAt(cluster, nodeName, signal),
    ]);
    const revert: VerbosityRevert = {
      operationId: id,
      cluster,
      nodeName,
      nodeUid,
      to: configured ?? USUAL_VERBOSITY,
      dueAt: new Date(this.clock.now().getTime() + options.revertAfterSeconds * 1000),
      state: 'PENDING',
      kubeletStartedAt,
      intentId: null,
      generation: 0,
      claimedUntil: null,
    };
    await session.commit({
      findings: (current) => ({ result: { ...current.result, ...revertFacts(revert) } }),
      also: () => this.book.schedule(revert),
    });
    return revert;
  }

  /** A revert that is under way must not overwrite the new level: it ends first, or can't arrive any more. */
  private async whenAlone(session: OperationSession): Promise<void> {
    const { operation, signal } = session;
    for (;;) {
      let leftMs = 0;
      const look = async () => {
        leftMs = await this.book.othersUnderWayMs(operation);
      };
      await session.commit({ also: look });
      if (leftMs <= 0) return;
      await sleep(Math.min(leftMs, LOOK_MS), undefined, { signal }).catch(() => {
        throw signal.reason;
      });
    }
  }

  private async set(session: OperationSession, level: number, revert: VerbosityRevert): Promise<void> {
    const { operation, signal, permit } = session;
    const { cluster, nodeName } = operation;
    let unsure = operation.epoch > 1;
    for (let attempt = 1; ; attempt++) {
      try {
        return await this.kubelets.setVerbosity(cluster, nodeName, level, permit, signal);
      } catch (error) {
        if (signal.aborted || !(error instanceof DomainError)) throw error;
        unsure ||= UNSURE.has(String(error.details.extensions?.cause));
        if (error.code === 'KUBELET_UNAVAILABLE' && attempt < ATTEMPTS) {
          await sleep(PAUSE_MS, undefined, { signal }).catch(() => {
            throw signal.reason;
          });
          continue;
        }
        if (!unsure) await this.forget(session, revert);
        throw error;
      }
    }
  }

  /** The kubelet never took the level: there is nothing to set back. */
  private forget(session: OperationSession, revert: VerbosityRevert) {
    const skipped: VerbosityRevert = { ...revert, state: 'SKIPPED' };
    return session.commit({
      findings: (current) => ({ result: { ...current.result, ...revertFacts(skipped, 'the level was not set') } }),
      also: () => this.book.reverts.save(skipped),
    });
  }
}
