import { AsyncLocalStorage } from 'node:async_hooks';
import { Injectable } from '@nestjs/common';
import { DataSource, type EntityManager } from 'typeorm';

/**
 * Runs a use case's writes in one transaction: state, audit and outbox rows commit together or not at all.
 * Repositories take their EntityManager from `manager`, so they join the caller's transaction without being handed it.
 */
export abstract class UnitOfWork {
  /** Runs `work` in a transaction; a nested call joins the outer one. Rolls back when `work` throws. */
  abstract run<T>(work: () => Promise<T>): Promise<T>;

  /**
   * Runs `work` once the running transaction has ended, however it ended, and at once where there is none: for records that
   * must outlive a rollback, such as a denied attempt. It waits for no second connection while the first one holds locks.
   * Should it fail, the outermost `run` fails with its error.
   */
  async apart(work: () => Promise<unknown>): Promise<void> {
    await work();
  }
}

interface Running {
  readonly manager: EntityManager;
  readonly afterwards: (() => Promise<unknown>)[];
}

@Injectable()
export class TypeormUnitOfWork extends UnitOfWork {
  private readonly current = new AsyncLocalStorage<Running | undefined>();

  constructor(private readonly dataSource: DataSource) {
    super();
  }

  /** The manager of the running transaction, else one that commits each statement. */
  get manager(): EntityManager {
    return this.current.getStore()?.manager ?? this.dataSource.manager;
  }

  override async run<T>(work: () => Promise<T>): Promise<T> {
    if (this.current.getStore()) return work();
    const afterwards: Running['afterwards'] = [];
    try {
      return await this.dataSource.transaction((manager) => this.current.run({ manager, afterwards }, work));
    } finally {
      // A failure here replaces what is returned or thrown: a denial that can't be recorded is no denial.
      for (const later of afterwards) await this.run(later);
    }
  }

  override async apart(work: () => Promise<unknown>): Promise<void> {
    const running = this.current.getStore();
    if (running) running.afterwards.push(work);
    else await this.run(work);
  }
}
