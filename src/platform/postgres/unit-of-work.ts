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

  /** Runs `work` outside the running transaction, for records that must outlive its rollback: a denied attempt. */
  apart<T>(work: () => Promise<T>): Promise<T> {
    return work();
  }
}

@Injectable()
export class TypeormUnitOfWork extends UnitOfWork {
  private readonly current = new AsyncLocalStorage<EntityManager | undefined>();

  constructor(private readonly dataSource: DataSource) {
    super();
  }

  /** The manager of the running transaction, else one that commits each statement. */
  get manager(): EntityManager {
    return this.current.getStore() ?? this.dataSource.manager;
  }

  override run<T>(work: () => Promise<T>): Promise<T> {
    if (this.current.getStore()) return work();
    return this.dataSource.transaction((manager) => this.current.run(manager, work));
  }

  override apart<T>(work: () => Promise<T>): Promise<T> {
    return this.current.run(undefined, () => this.run(work));
  }
}
