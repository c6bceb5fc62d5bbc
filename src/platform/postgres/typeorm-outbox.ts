import { Injectable } from '@nestjs/common';
import { newId } from '../../kernel/ids.js';
import { Outbox, type OutboxMessage } from './outbox.js';
import { TypeormUnitOfWork } from './unit-of-work.js';

export const OUTBOX_CHANNEL = 'node_steward_outbox';

@Injectable()
export class TypeormOutbox extends Outbox {
  constructor(private readonly unitOfWork: TypeormUnitOfWork) {
    super();
  }

  override async add(messages: readonly OutboxMessage[]): Promise<void> {
    const { manager } = this.unitOfWork;
    for (const message of messages) {
      await manager.query(`INSERT INTO outbox (id, job, job_id, payload, not_before) VALUES ($1, $2, $3, $4, $5)`, [
        newId(),
        message.job,
        message.jobId,
        message.payload,
        message.notBefore ?? null,
      ]);
    }
    // Delivered by Postgres at commit only, so a relay never looks for rows it can't see yet.
    if (messages.length > 0) await manager.query(`SELECT pg_notify($1, '')`, [OUTBOX_CHANNEL]);
  }
}
