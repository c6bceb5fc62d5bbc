import { Injectable } from '@nestjs/common';
import { type AuditResult, AuditTrail, type NewAuditEvent } from '../../kernel/audit-trail.js';
import { Outbox, type OutboxMessage } from '../postgres/outbox.js';
import { UnitOfWork } from '../postgres/unit-of-work.js';

/** Where things are kept that move by decisions. `L` is what a lock gives. Statements join the running UnitOfWork. */
export interface DecidedRows<T extends { readonly id: string }, N extends object, L = T> {
  readonly log: { append(id: string, events: readonly N[]): Promise<void> };
  insert(row: T): Promise<void>;
  /** Holds the row until the transaction ends: whoever decides next sees what was decided before. */
  lock(id: string): Promise<L | null>;
  /** @throws DomainError CONFLICT where another version is stored */
  save(next: T, locked: L): Promise<void>;
}

export type DoneAudit = Omit<NewAuditEvent, 'kind'>;

/** What belongs to a decision besides the row itself. */
export interface DecisionRecord<N> {
  /** For the history and the stream of the thing. */
  readonly events?: readonly N[];
  /** Done by the decision itself: recorded and closed at once. */
  readonly audit?: readonly DoneAudit[];
  /** Earlier intents that end with it. */
  readonly closes?: readonly ({ readonly intentIds: readonly string[] } & AuditResult)[];
  readonly jobs?: readonly OutboxMessage[];
  /** Writes of others that belong to it, once the row is saved. */
  readonly also?: () => Promise<void>;
}

export interface Decided<T, N> extends DecisionRecord<N> {
  readonly next: T;
  /** A look that changed nothing writes nothing of the row. */
  readonly isSame?: boolean;
}

/** Nothing is written; an attempt that was denied is on record all the same. */
export interface Refused {
  readonly refusal: Error;
  readonly denied?: DoneAudit;
}

type Step<T, N, L, D extends Decided<T, N>> = (locked: L) => Promise<D | Refused | null> | D | Refused | null;

/**
 * The one way in which anything that is stored moves: under the lock of its row, with audit, history and wake-ups in one
 * transaction. Who decides looks at what is locked, and must not wait for anything outside of the database.
 */
@Injectable()
export class Decisions {
  constructor(
    private readonly unitOfWork: UnitOfWork,
    private readonly audit: AuditTrail,
    private readonly outbox: Outbox,
  ) {}

  /**
   * @param step null lets everything be as it is
   * @returns what was decided; null where nothing was, or nothing is stored under the id
   */
  decide<T extends { readonly id: string }, N extends object, L, D extends Decided<T, N>>(
    rows: DecidedRows<T, N, L>,
    id: string,
    step: Step<T, N, L, D>,
  ): Promise<D | null> {
    return this.unitOfWork.run(async () => {
      const locked = await rows.lock(id);
      const decided = locked && (await step(locked));
      if (!decided) return null;
      if ('refusal' in decided) return this.refuse(decided);
      await this.record(decided);
      if (!decided.isSame) await rows.save(decided.next, locked);
      await this.conclude(rows, id, decided);
      return decided;
    });
  }

  /** The same for what must be there. @throws absent */
  async move<T extends { readonly id: string }, N extends object, L, D extends Decided<T, N>>(
    rows: DecidedRows<T, N, L>,
    id: string,
    absent: Error,
    step: Step<T, N, L, D>,
  ): Promise<D | null> {
    let found = false;
    const decided = await this.decide(rows, id, (locked: L) => {
      found = true;
      return step(locked);
    });
    if (!found) throw absent;
    return decided;
  }

  /** Stores something new. */
  insert<T extends { readonly id: string }, N extends object, L>(
    rows: DecidedRows<T, N, L>,
    row: T,
    record: DecisionRecord<N> = {},
  ): Promise<void> {
    return this.unitOfWork.run(async () => {
      await this.record(record);
      await rows.insert(row);
      await this.conclude(rows, row.id, record);
    });
  }

  private async refuse({ refusal, denied }: Refused): Promise<never> {
    if (denied) {
      const event = { kind: 'DENIED', outcome: 'DENIED', ...denied } as const;
      await this.unitOfWork.apart(() => this.audit.record([event]));
    }
    throw refusal;
  }

  /** Before the row: what can't be put on record does not happen. */
  private async record({ audit = [], closes = [] }: Pick<DecisionRecord<never>, 'audit' | 'closes'>): Promise<void> {
    await this.audit.recordDone(audit);
    for (const { intentIds, ...result } of closes) await this.audit.close(intentIds, result);
  }

  private async conclude<N extends object>(
    rows: Pick<DecidedRows<{ id: string }, N, unknown>, 'log'>,
    id: string,
    { events = [], also, jobs = [] }: DecisionRecord<N>,
  ): Promise<void> {
    await rows.log.append(id, events);
    await also?.();
    await this.outbox.add(jobs);
  }
}
