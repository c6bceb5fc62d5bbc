import { Injectable } from '@nestjs/common';
import { type ChangeRecord, changeNotFound } from './change-record.js';
import { DecideChange } from './decide-change.service.js';
import { ChangeRepository } from './ports/change-repository.port.js';

/** Where changes are kept and how they are moved: used together by every use case. */
@Injectable()
export class ChangeStores {
  constructor(
    readonly changes: ChangeRepository,
    readonly decide: DecideChange,
  ) {}

  /** @throws DomainError NOT_FOUND */
  async get(id: string): Promise<ChangeRecord> {
    const change = await this.changes.find(id);
    if (!change) throw changeNotFound(id);
    return change;
  }
}
