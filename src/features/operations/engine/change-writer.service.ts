import type { Clock } from '../../../kernel/clock.js';
import type { Decisions } from '../../../platform/decisions/decisions.js';
import type { AuditTrail } from '../../audit/index.js';
import { isTerminal } from './operation.js';
import type { OperationEffect, OperationEvent, OperationRejection } from './operation.machine.js';
import type { NewOperationEvent } from './operation-event.js';
import { OperationInterrupted } from './operation-interrupted.js';
import type { OperationPod } from './operation-pod.js';
import type { OperationRecord } from './operation-record.js';
import type { LockedOperation, OperationRepository } from './operation-repository.port.js';
import { endOfIntent, transition } from './operation-transition.js';
import type { Late, SessionChange } from './session-change.js';

export interface ChangeResult {
  readonly effects: readonly OperationEffect[];
  readonly rejection?: OperationRejection;
}

interface Waiting {
  readonly change: SessionChange;
  readonly resolve: (result: ChangeResult) => void;
  readonly reject: (reason: unknown) => void;
}

export interface WriterStores {
  readonly operations: OperationRepository;
  readonly audit: AuditTrail;
  readonly decisions: Decisions;
  readonly clock: Clock;
}

/**
 * Group commit for one claim of one operation: while a transaction is under way, later changes gather for the next. Each
 * transaction locks the row and goes on only while the epoch is the claim's own, so an engine that lost the operation
 * can't write any more, and decisions are made on what is stored, not on what this process remembers.
 */
export class ChangeWriter {
  private waiting: Waiting[] = [];
  private running: Promise<void> | null = null;

  constructor(
    private readonly id: string,
    private readonly epoch: number,
    private readonly stores: WriterStores,
    /** Called with the row after each commit. */
    private readonly onStored: (operation: OperationRecord) => void,
  ) {}

  /** Resolves once committed, in the order of the calls. @throws OperationInterrupted LOST, or what the database threw */
  write(change: SessionChange): Promise<ChangeResult> {
    return new Promise((resolve, reject) => {
      this.waiting.push({ change, resolve, reject });
      this.running ??= this.drain();
    });
  }

  private async drain(): Promise<void> {
    // Whatever is written in the same turn goes along.
    await Promise.resolve();
    while (this.waiting.length > 0) {
      const batch = this.waiting;
      this.waiting = [];
      try {
        const results = await this.commit(batch.map(({ change }) => change));
        batch.forEach(({ resolve }, index) => {
          resolve(results[index] ?? { effects: [] });
        });
      } catch (error) {
        for (const { reject } of batch) reject(error);
      }
    }
    this.running = null;
  }

  private async commit(changes: readonly SessionChange[]): Promise<ChangeResult[]> {
    const { operations, decisions } = this.stores;
    const decided = await decisions.decide(operations, this.id, (locked: LockedOperation) => {
      if (locked.operation.epoch !== this.epoch || isTerminal(locked.operation.state)) {
        throw new OperationInterrupted('LOST');
      }
      return this.apply(changes, locked);
    });
    if (!decided) throw new OperationInterrupted('LOST');
    this.onStored(decided.next);
    return decided.results;
  }

  private async apply(changes: readonly SessionChange[], locked: LockedOperation) {
    let next = locked.operation;
    const events: NewOperationEvent[] = [];
    const pods = new Map<string, OperationPod>();
    const results: ChangeResult[] = [];
    for (const change of changes) {
      const decided = this.decide(next, change, locked.databaseNow);
      next = decided.operation;
      results.push(decided.result);
      if (decided.result.rejection) continue;
      await change.also?.();
      const ids = await this.audited(change);
      for (const pod of typeof change.pods === 'function' ? change.pods(ids) : (change.pods ?? [])) {
        pods.set(pod.uid, pod);
      }
      const { findings } = change;
      next = { ...next, ...(typeof findings === 'function' ? findings(next, ids) : findings) };
      events.push(...given(change.events), ...decided.events);
    }
    const also = () => this.stores.operations.savePods(this.id, [...pods.values()]);
    return { next, events, results, closes: endOfIntent(next), also };
  }

  private decide(operation: OperationRecord, { decide }: SessionChange, now: Date) {
    if (!decide) return { operation, result: { effects: [] } as ChangeResult, events: [] };
    const event = { ...decide, epoch: this.epoch } as OperationEvent;
    const decided = transition(operation, event, now);
    if ('rejection' in decided) {
      return { operation, result: { effects: [], rejection: decided.rejection } as ChangeResult, events: [] };
    }
    return { operation: decided.next, result: { effects: decided.effects } as ChangeResult, events: decided.events };
  }

  /** Gives back the ids of the intents. */
  private async audited({ intents, closings }: SessionChange): Promise<readonly string[]> {
    const made = given(intents);
    const ids = made.length > 0 ? await this.stores.audit.record(made) : [];
    for (const { intentIds, ...result } of given(closings)) {
      if (intentIds.length > 0) await this.stores.audit.close(intentIds, result);
    }
    return ids;
  }
}

const given = <T>(late: Late<readonly T[]> | undefined): readonly T[] =>
  typeof late === 'function' ? late() : (late ?? []);
