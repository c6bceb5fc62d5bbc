import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';

/** Names this process as a holder, for who looks into the database. */
export const WORKER_NAME = `${hostname()}/${process.pid}/${randomUUID().slice(0, 8)}`;
