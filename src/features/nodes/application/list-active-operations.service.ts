import { setTimeout as sleep } from 'node:timers/promises';
import { Injectable, Optional } from '@nestjs/common';
import { DatabaseLink } from '../../../platform/postgres/database-link.js';
import { databaseUnavailable } from '../../../platform/postgres/database-unavailable.js';
import { type ActiveOperation, ActiveOperations } from './ports/active-operations.port.js';

/** Operations by node uid; with a `warning` they are not known, so that no node may be taken for free. */
export interface ActiveOperationsOnNodes {
  readonly byUid: ReadonlyMap<string, ActiveOperation>;
  readonly warning: string | null;
}

const NONE: ActiveOperationsOnNodes = { byUid: new Map(), warning: null };
/** Nodes come from memory: they don't wait longer than this for what is in the database. */
const PATIENCE_MS = 1_000;
const FIELD = 'activeOperation';

/** Asks for the operations on a page of nodes; without a feature that runs operations there are none. */
@Injectable()
export class ListActiveOperationsService {
  constructor(
    private readonly database: DatabaseLink,
    @Optional() private readonly source?: ActiveOperations,
  ) {}

  /** Never fails for the sake of the database. */
  async onNodes(cluster: string, uids: readonly string[]): Promise<ActiveOperationsOnNodes> {
    if (!this.source || uids.length === 0) return NONE;
    if (this.database.isAway) return unknown('The database can not be used now.');
    const read = this.source.onNodes(cluster, uids).then(
      (byUid) => ({ byUid, warning: null }),
      (error: unknown) => {
        const trouble = databaseUnavailable(error);
        if (!trouble) throw error;
        return unknown(trouble.message);
      },
    );
    const late = unknown('The database does not answer in time.');
    return Promise.race([read, sleep(PATIENCE_MS, late, { ref: false })]);
  }
}

const unknown = (reason: string): ActiveOperationsOnNodes => ({
  byUid: new Map(),
  warning: `${FIELD}: ${reason}`,
});
