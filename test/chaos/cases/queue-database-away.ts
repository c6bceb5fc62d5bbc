import type { ChaosCase } from '../chaos-case.js';
import { queueOutage } from '../queue-outage.js';

export const chaosCase: ChaosCase = {
  name: 'queue-database-away',
  summary: 'the Postgres that holds the queue is away for 5, 20 and 45 s',
  rounds: { short: 1, long: 3 },
  run: (options) => queueOutage(options, async ({ database }) => ({ url: database.url, stop: async () => undefined })),
};
